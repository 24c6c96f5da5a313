"""On what terms the house quotes: asked for, decided by others, in force from a moment on, and stopped by one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import ApprovalRequest
from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount
from tests.four_eyes import a_person_with, approve
from tests.guards.going_around import refusing_fact
from tests.trading.quotes.dealing import TIERS, Dealing
from tests.trading.quotes.test_quotes import refused
from trading.models import Quote, QuoteSpread, QuoteTerms
from trading.operations.change_quote_terms import QuoteTermsWish, change_quote_terms
from trading.operations.stop_quotes import stop_quotes
from trading.queries.quoting import cap_of, terms_in_force

pytestmark = pytest.mark.django_db


def ask(dealing: Dealing, **changes: Any) -> Any:
    newest = QuoteTerms.objects.order_by("-in_force_from").first()
    values: dict[str, Any] = {
        "source": "BOOK", "enabled": True, "ttl_seconds": 30, "max_amount": Decimal(2), "exposure_cap": Decimal(1_000_000),
        "spreads": TIERS, "made_from": newest.pk if newest else None,
    } | changes  # fmt: skip
    reason = values.pop("reason", "Tests")
    return change_quote_terms(
        market_id=dealing.world.market_id,
        wish=QuoteTermsWish(**values),
        reason=reason,
        actor=Actor("PERSON", a_person_with("quote.change", "Dora Desk").pk),
        at=now(),
    )


def test_terms_are_asked_for_and_come_with_their_spreads() -> None:
    dealing = Dealing()
    outcome = ask(dealing)
    assert outcome.is_pending
    assert not QuoteTerms.objects.exists()
    assert ApprovalRequest.objects.get(pk=outcome.approval_id).payload["spreads"] == "0:20,1:50"
    approve(outcome.approval_id)
    terms = QuoteTerms.objects.get()
    assert [(each.from_amount, each.spread_bp) for each in terms.spreads.order_by("from_amount")] == [(0, 20), (1, 50)]
    assert terms.approval_id == outcome.approval_id
    assert set(LedgerAccount.objects.filter(kind="HOUSE").values_list("asset__code", flat=True)) == {"BTC", "USD"}
    entry = AuditEntry.objects.get(action="trading.quote_terms.change")
    assert {"field": "spreads", "before": None, "after": "0:20,1:50"} in entry.changes
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    later = (
        "INSERT INTO trading_quotespread (id, terms_id, from_amount, spread_bp)"
        f" VALUES (gen_random_uuid(), '{terms.pk}', 5, 1)"
    )
    assert refusing_fact(later) == "quote_spread_was_approved"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "RUMOUR"}, "QUOTE_TERMS_INVALID"),
        ({"ttl_seconds": 0}, "QUOTE_TERMS_INVALID"),
        ({"ttl_seconds": 301}, "QUOTE_TERMS_INVALID"),
        ({"max_amount": Decimal(0)}, "QUOTE_TERMS_INVALID"),
        ({"max_amount": Decimal("0.000000001")}, "QUOTE_TERMS_INVALID"),
        ({"exposure_cap": Decimal("0.001")}, "QUOTE_TERMS_INVALID"),
        ({"exposure_cap": Decimal("NaN")}, "QUOTE_TERMS_INVALID"),
        ({"spreads": ()}, "QUOTE_TERMS_INVALID"),
        ({"spreads": ((Decimal(1), Decimal(5)),)}, "QUOTE_TERMS_INVALID"),
        ({"spreads": ((Decimal(0), Decimal(5)), (Decimal(0), Decimal(6)))}, "QUOTE_TERMS_INVALID"),
        ({"spreads": ((Decimal(0), Decimal(5001)),)}, "QUOTE_TERMS_INVALID"),
        ({"spreads": tuple((Decimal(number), Decimal(5)) for number in range(11))}, "QUOTE_TERMS_INVALID"),
        ({"reason": "  "}, "REASON_MISSING"),
        ({"in_force_from": now() - timedelta(days=1)}, "IN_FORCE_ALREADY"),
    ],
)
def test_terms_that_are_none(changes: dict[str, Any], code: str) -> None:
    dealing = Dealing()
    refused(code, lambda: ask(dealing, **changes))


def test_a_change_begins_from_the_newest_in_line() -> None:
    dealing = Dealing()
    first = dealing.set_terms()
    refused("NOTHING_CHANGES", lambda: ask(dealing))
    tomorrow = now() + timedelta(days=1)
    approve(ask(dealing, ttl_seconds=20, in_force_from=tomorrow).approval_id)
    second = QuoteTerms.objects.get(in_force_from=tomorrow)
    assert terms_in_force(dealing.world.market_id, now()) == QuoteTerms.objects.get(pk=first)
    assert terms_in_force(dealing.world.market_id, tomorrow) == second
    # Made from what is in force and not from what is in line: it would take the change back without anybody having seen it.
    refused("STATE_CHANGED", lambda: ask(dealing, ttl_seconds=10, made_from=first))
    refused("STATE_CHANGED", lambda: ask(dealing, ttl_seconds=10))
    waiting = ask(dealing, ttl_seconds=10, in_force_from=tomorrow + timedelta(days=1))
    refused("APPROVAL_ALREADY_PENDING", lambda: ask(dealing, ttl_seconds=9, in_force_from=tomorrow + timedelta(days=2)))
    approve(waiting.approval_id)
    assert QuoteTerms.objects.count() == 3


def test_what_was_asked_for_before_the_terms_changed_fails() -> None:
    dealing = Dealing().open()
    outcome = ask(dealing, ttl_seconds=10)
    stop_quotes(market_id=dealing.world.market_id, reason="Wild.", actor=desk(), at=now())
    decided = approve(outcome.approval_id)
    assert (decided.status, ApprovalRequest.objects.get(pk=outcome.approval_id).outcome_code) == (
        "FAILED",
        "STATE_CHANGED",
    )


def desk() -> Actor:
    return Actor("PERSON", a_person_with("quote.withdraw", "Dora Desk").pk)


def test_one_person_stops_quoting_and_others_start_it_again() -> None:
    dealing = Dealing().open()
    tomorrow = now() + timedelta(days=1)
    approve(ask(dealing, ttl_seconds=20, in_force_from=tomorrow).approval_id)
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.5")
    refused("REASON_MISSING", lambda: stop_quotes(market_id=dealing.world.market_id, reason="", actor=desk(), at=now()))
    assert stop_quotes(market_id=dealing.world.market_id, reason="Wild.", actor=desk(), at=now()) == 1
    assert Quote.objects.get(pk=quote.pk).withdrawn_for == "DESK"
    refused("QUOTE_WITHDRAWN", lambda: dealing.execute(client, quote))
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="0.5"), reason="NOT_QUOTED")
    # What is in line comes switched off, with the spreads it would have had.
    later = terms_in_force(dealing.world.market_id, tomorrow + timedelta(seconds=1))
    assert later is not None
    assert (later.enabled, later.ttl_seconds, later.spreads.count()) == (False, 20, 2)
    rows = QuoteTerms.objects.count(), QuoteSpread.objects.count()
    assert stop_quotes(market_id=dealing.world.market_id, reason="Wild.", actor=desk(), at=now()) == 0
    assert (QuoteTerms.objects.count(), QuoteSpread.objects.count()) == rows
    assert cap_of(dealing.world.btc, now()) is None
    approve(ask(dealing, in_force_from=tomorrow + timedelta(days=1)).approval_id)


def test_the_cap_of_an_asset_is_the_least_that_is_said() -> None:
    dealing = Dealing()
    assert cap_of(dealing.world.btc, now()) is None
    dealing.set_terms(exposure_cap=Decimal(5000))
    assert cap_of(dealing.world.btc, now()) == 5000
    # The reporting asset is the measure.
    assert cap_of(dealing.world.usd, now()) is None
