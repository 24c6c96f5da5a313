"""A custodian's snapshot is read whole or refused with a code; nothing in between."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.domain import snapshots
from settlement.domain.snapshots import Expected, SnapshotRefused, read_snapshot

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
EXPECTED = Expected(account="MAIN", asset="BTC", scale=8, as_of=AT)


def document(**changes: Any) -> dict[str, Any]:
    return {
        "format": "countinghouse.snapshot/1",
        "source": "VAULT",
        "account": "MAIN",
        "asset": "BTC",
        "taken_at": "2026-03-02T10:00:00Z",
        "page": 1,
        "pages": 1,
        "holdings": [{"wallet": "cold", "balance": "2.00000000"}, {"wallet": "hot", "balance": "0.5"}],
        "movements": [
            {"reference": "tx:0", "amount": "3", "at": "2026-03-01T09:00:00.5Z"},
            {"reference": "tx:1", "amount": "-0.5", "at": "2026-03-02T10:00:00Z"},
        ],
    } | changes


def refusal(content: bytes) -> str:
    with pytest.raises(SnapshotRefused) as refused:
        read_snapshot(content, EXPECTED)
    return refused.value.code


def refusal_of(**changes: Any) -> str:
    return refusal(json.dumps(document(**changes)).encode())


def test_a_sound_snapshot_is_read_exactly() -> None:
    snapshot = read_snapshot(json.dumps(document()).encode(), EXPECTED)

    assert snapshot.balance == Decimal("2.5")
    assert [(item.reference, item.amount) for item in snapshot.movements] == [
        ("tx:0", Decimal(3)),
        ("tx:1", Decimal("-0.5")),
    ]
    assert snapshot.taken_at == AT


def test_large_holdings_keep_every_digit() -> None:
    expected = Expected(account="MAIN", asset="BTC", scale=18, as_of=AT)
    holdings = [{"wallet": "a", "balance": "99999999999999999999.000000000000000001"}]
    content = json.dumps(document(holdings=holdings)).encode()

    assert read_snapshot(content, expected).balance == Decimal("99999999999999999999.000000000000000001")


def test_a_document_that_was_cut_is_refused_wherever_it_was_cut() -> None:
    whole = json.dumps(document()).encode()
    codes = {refusal(whole[:length]) for length in range(len(whole))}

    assert codes <= {"truncated", "malformed"}
    assert refusal(whole[:-1]) == "truncated"
    assert refusal(whole[: len(whole) // 2]) == "truncated"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("unsupported_section", {"format": "countinghouse.snapshot/2"}),
        ("unsupported_section", {"nonsense": 1}),
        ("wrong_account", {"account": "OTHER"}),
        ("wrong_currency", {"asset": "ETH"}),
        ("truncated", {"page": 1, "pages": 2}),
        ("truncated", {"page": True}),
        ("malformed", {"taken_at": "2026-03-02 10:00:00"}),
        ("malformed", {"taken_at": "2026-02-30T10:00:00Z"}),
        ("malformed", {"taken_at": "2026-03-02T10:06:00Z"}),
        ("unavailable", {"taken_at": "2026-02-27T10:00:00Z"}),
        ("malformed", {"holdings": {}}),
        ("malformed", {"holdings": [{"wallet": "cold"}]}),
        ("malformed", {"holdings": [{"wallet": "cold", "balance": "-1"}]}),
        ("malformed", {"holdings": [{"wallet": "cold", "balance": "NaN"}]}),
        ("malformed", {"holdings": [{"wallet": "cold", "balance": 1}]}),
        ("malformed", {"holdings": [{"wallet": "cold", "balance": "1e3"}]}),
        ("malformed", {"holdings": [{"wallet": "cold", "balance": "1.000000001"}]}),
        ("malformed", {"holdings": [{"wallet": "cold", "balance": "1" + "0" * 20}]}),
        ("malformed", {"holdings": [{"wallet": "a", "balance": "9" * 20}, {"wallet": "b", "balance": "1"}]}),
        ("malformed", {"holdings": [{"wallet": "cold", "balance": "1"}] * 2}),
        ("malformed", {"movements": [{"reference": "a b", "amount": "1", "at": "2026-03-01T09:00:00Z"}]}),
        ("malformed", {"movements": [{"reference": "a", "amount": "0", "at": "2026-03-01T09:00:00Z"}]}),
        ("malformed", {"movements": [{"reference": "a", "amount": "1", "at": "2026-03-01T09:00:00Z"}] * 2}),
        ("control_total", {"movements": [{"reference": "a", "amount": "1", "at": "2026-03-02T10:00:01Z"}]}),
    ],
)
def test_what_is_not_sound_is_refused_with_its_code(code: str, changes: dict[str, Any]) -> None:
    assert refusal_of(**changes) == code


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("encoding", b'{"format": "\xff"}'),
        ("malformed", b"[]"),
        ("malformed", b"[" * 100_000 + b"]" * 100_000),
        ("malformed", b'{"page": NaN}'),
        ("malformed", b'{"page": 1.0}'),
        ("malformed", b'{"page": 1, "page": 1}'),
        ("malformed", b'{"page": ' + b"9" * 5_000 + b"}"),
    ],
)
def test_bytes_that_are_no_document_of_ours_are_refused(code: str, content: bytes) -> None:
    assert refusal(content) == code


def test_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MAX_BYTES", 100)
    assert refusal_of() == "too_large"
    monkeypatch.setattr(snapshots, "MAX_BYTES", 100_000)
    monkeypatch.setattr(snapshots, "MAX_MOVEMENTS", 1)
    assert refusal_of() == "too_large"


def test_the_instant_it_was_asked_for_bounds_it_on_both_sides() -> None:
    content = json.dumps(document()).encode()
    early = Expected("MAIN", "BTC", 8, AT - timedelta(minutes=5))
    assert read_snapshot(content, early).taken_at == AT
    late = Expected("MAIN", "BTC", 8, AT + timedelta(hours=26))
    assert read_snapshot(content, late).taken_at == AT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(key=st.sampled_from(sorted(document())), value=JSON)
def test_nothing_in_any_place_makes_it_crash(key: str, value: Any) -> None:
    try:
        read_snapshot(json.dumps(document(**{key: value})).encode(), EXPECTED)
    except SnapshotRefused as refused:
        assert refused.code
