"""`manage.py replay_orders`: a file becomes orders, fills and a book; again it changes nothing; elsewhere the same book."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from settlement.models import Posting
from tests.world import World
from trading.models import Instruction, Order, OrderEvent, Trade

pytestmark = pytest.mark.django_db(transaction=True)

STREAM = """client_order_id,profile,market,side,type,price,quantity
b-1,birch,BTC-USD,SELL,LIMIT,60000.00,1.5
a-1,alder,BTC-USD,BUY,LIMIT,60100.00,1.0
a-2,alder,BTC-USD,BUY,LIMIT,59990.50,0.6
a-3,alder,BTC-USD,BUY,LIMIT,59980.00,0.1
b-2,birch,BTC-USD,SELL,MARKET,,0.25
a-2,alder,BTC-USD,,cancel,,
a-4,alder,BTC-USD,BUY,LIMIT,59990.25,0.1
a-5,alder,BTC-USD,BUY,LIMIT,60000.00,900
a-6,nobody,BTC-USD,BUY,LIMIT,60000.00,1
a-7,alder,BTC-USD,BUY,LIMIT,6e4,1
"""


def _world() -> World:
    world = World()
    world.client("alder", USD="200000.00")
    world.client("birch", BTC="3")
    world.set_reference("60000.00")
    return world


@pytest.fixture
def stream(tmp_path: Path, settings) -> Path:
    settings.STATE_DIR = tmp_path / "state"
    path = tmp_path / "orders.csv"
    path.write_text(STREAM)
    return path


def _replay(path: Path) -> str:
    out = StringIO()
    with pytest.raises(CommandError, match="1 rows are malformed"):
        call_command("replay_orders", str(path), match=True, stdout=out)
    return out.getvalue()


def _counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Order, Instruction, OrderEvent, Trade, Posting))


def test_a_stream_is_sent_matched_and_told(stream: Path) -> None:
    world = _world()
    said = _replay(stream)
    assert "orders     5 placed, 1 cancels asked for, 0 known already" in said
    assert "NOT_FOUND 1 (line 10)" in said
    assert "PRICE_OFF_TICK 1 (line 8)" in said
    assert "NOTIONAL_ABOVE_MAXIMUM 1 (line 9)" in said
    assert "malformed  line 11: price '6e4' is not a plain decimal number" in said
    assert "BTC-USD    2 fills, 1.25 for 74997.625 USD" in said
    assert "book: 2 orders" in said
    statuses = dict(Order.objects.values_list("client_order_id", "status"))
    assert statuses == {"b-1": "OPEN", "a-1": "FILLED", "a-2": "CANCELLED", "a-3": "OPEN", "b-2": "FILLED"}
    assert world.market.sequence == OrderEvent.objects.count()


def test_the_same_file_again_changes_nothing(stream: Path) -> None:
    world = _world()
    first = _replay(stream)
    # What was refused because there was no such client stays refused, though now there is one.
    world.client("nobody", USD="9000000.00")
    counted = _counts()
    again = _replay(stream)
    assert _counts() == counted
    assert "orders     0 placed, 0 cancels asked for, 6 known already" in again
    assert "NOT_FOUND 1 (line 10)" in again
    assert "Nothing has changed" in again
    assert _hashes(again) == _hashes(first)


def test_the_same_file_in_a_fresh_house_comes_to_the_same_book(stream: Path, django_db_blocker) -> None:
    _world()
    first = _replay(stream)
    call_command("flush", interactive=False, verbosity=0)
    _world()
    second = _replay(stream)
    assert _hashes(first) == _hashes(second)
    assert "5 placed" in second


def test_without_workers_it_says_so(stream: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _world()
    monkeypatch.setattr("config.replay.replay.IDLE_LIMIT_SECONDS", 0.3)
    with pytest.raises(CommandError, match="do the workers run"):
        call_command("replay_orders", str(stream), stdout=StringIO())


def _hashes(said: str) -> list[str]:
    return re.findall(r"book: \d+ orders, sha256 ([0-9a-f]{64})", said)
