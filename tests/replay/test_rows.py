"""What a file's rows may say, and what is said of those that may not."""

from pathlib import Path

import pytest

from config.replay.rows import FileRefused, Malformed, Row, read_rows

HEADER = "client_order_id,profile,market,side,type,price,quantity\n"
GOOD = "a-1,alder,BTC-USD,BUY,LIMIT,60000.00,0.5\n"


def _read(tmp_path: Path, text: str | bytes) -> list[Row | Malformed]:
    path = tmp_path / "orders.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_rows(path))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a-1,alder,BTC-USD,BUY,LIMIT,60000.00\n", "6 cells"),
        ("a 1,alder,BTC-USD,BUY,LIMIT,60000.00,1\n", "client_order_id"),
        ("a-1,al der,BTC-USD,BUY,LIMIT,60000.00,1\n", "profile"),
        ("a-1,alder,BTC USD,BUY,LIMIT,60000.00,1\n", "market"),
        ("a-1,alder,BTC-USD,buy,LIMIT,60000.00,1\n", "side"),
        ("a-1,alder,BTC-USD,BUY,STOP,60000.00,1\n", "type"),
        ("a-1,alder,BTC-USD,BUY,LIMIT,,1\n", "needs a price"),
        ("a-1,alder,BTC-USD,BUY,MARKET,60000.00,1\n", "has no price"),
        ("a-1,alder,BTC-USD,BUY,LIMIT,60000.00,\n", "quantity is missing"),
        ("a-1,alder,BTC-USD,BUY,LIMIT,6e4,1\n", "price '6e4'"),
        ("a-1,alder,BTC-USD,BUY,LIMIT,60000.00,NaN\n", "quantity 'NaN'"),
        ("a-1,alder,BTC-USD,BUY,LIMIT,60000.00,-1\n", "quantity '-1'"),
        ("a-1,alder,BTC-USD,BUY,LIMIT,٦٠٠٠٠,1\n", "price"),
        ("a-1,alder,BTC-USD,,cancel,1.00,\n", "a cancel has no price"),
        ('a-1,"alder,BTC-USD,BUY,LIMIT,60000.00,1\n', "end of data"),
    ],
)
def test_a_malformed_row_says_where_and_why(tmp_path: Path, line: str, problem: str) -> None:
    good, bad = _read(tmp_path, HEADER + GOOD + line)
    assert isinstance(good, Row)
    assert isinstance(bad, Malformed)
    assert bad.line == 3
    assert problem in bad.problem


def test_bytes_that_are_not_text_and_endless_lines_spoil_one_row_only(tmp_path: Path) -> None:
    text = HEADER.encode() + b"\xff\xfe,alder\n" + b"x" * 500_000 + b"\n" + GOOD.encode()
    first, second, third = _read(tmp_path, text)
    assert isinstance(first, Malformed)
    assert isinstance(second, Malformed)
    assert isinstance(third, Row)


def test_a_file_with_other_columns_is_refused_whole(tmp_path: Path) -> None:
    for text in ("", "a,b\n", HEADER.replace("price", "prise") + GOOD):
        with pytest.raises(FileRefused):
            _read(tmp_path, text)


def test_a_byte_order_mark_and_another_order_of_columns_are_read(tmp_path: Path) -> None:
    text = "\ufefftype,client_order_id,profile,market,side,price,quantity\r\ncancel,a-1,alder,BTC-USD,,,\r\n"
    (row,) = _read(tmp_path, text)
    assert isinstance(row, Row)
    assert row.is_cancel
