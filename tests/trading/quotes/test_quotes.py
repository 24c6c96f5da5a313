"""The life of a quote: priced, held, executed once, or over."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from accounts.models import ProfileMember
from accounts.operations.set_control import ControlWish, set_control
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry, OutboxMessage
from core.operations.record_audit import Actor
from settlement.models import Entry, Posting
from tests.desk import a_person
from tests.trading.quotes.dealing import Dealing, breaches
from tests.world import Client
from trading.models import Quote, QuoteExecution
from trading.operations.engage_kill_switch import SwitchTerms, engage_kill_switch
from trading.operations.sweep_quotes import sweep_quotes
from trading.operations.withdraw_quote import withdraw_quote

pytestmark = pytest.mark.django_db


def refused(code: str, work: Any, **meta: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code, caught.value
    assert {name: caught.value.meta.get(name) for name in meta} == meta
    return caught.value


def test_a_client_buys_from_the_house_and_sells_to_it() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00", BTC="2")
    bought = dealing.ask(client, "BUY", base="0.5")
    # 60,000 in the book and 20 basis points on it.
    assert (bought.price, bought.raw_price, bought.gives_quote) == (60120, 60000, Decimal("30060.00"))
    executed = dealing.execute(client, bought)
    assert not executed.is_replay
    assert dealing.world.balance(client, "USD") == (Decimal("69940.00"), 0)
    assert dealing.world.balance(client, "BTC") == (Decimal("2.5"), 0)
    assert (dealing.house("USD"), dealing.house("BTC")) == (Decimal("530060.00"), Decimal("4.5"))

    sold = dealing.ask(client, "SELL", quote="1000.00")
    assert (sold.price, sold.gives_quote) == (Decimal("59780.20"), Decimal("1000.00"))
    # 1,000 / 59,780.20 = 0.016727941…: what the client gives is rounded up.
    assert sold.gives_base == Decimal("0.01672795")
    dealing.execute(client, sold, "take-2")
    entry = Entry.objects.get(kind="QUOTE_EXECUTION", source_id=QuoteExecution.objects.get(quote=sold).pk)
    moved = {
        (each.source.kind, each.destination.kind, each.amount)
        for each in Posting.objects.filter(entry=entry).select_related("source", "destination")
    }
    assert moved == {("CLIENT", "HOUSE", Decimal("0.01672795")), ("HOUSE", "CLIENT", Decimal("1000.00"))}
    assert breaches() == {}
    told = OutboxMessage.objects.filter(topic="trading.quote.executed", entity_id=client.entity_id)
    assert [each.channel for each in told] == ["EXECUTIONS", "EXECUTIONS"]
    acts = AuditEntry.objects.filter(object_type="trading.quote").order_by("id").values_list("action", flat=True)
    assert list(acts) == ["trading.quote.request", "trading.quote.execute"] * 2


def test_one_thousand_dollars_at_60150_buy_01662510() -> None:
    dealing = Dealing().open(spreads=((Decimal(0), Decimal(25)),))
    client = dealing.world.client("Birch", USD="1000.00")
    quote = dealing.ask(client, "BUY", quote="1000.00")
    assert (quote.price, quote.gives_base) == (Decimal("60150.00"), Decimal("0.01662510"))
    dealing.execute(client, quote)
    assert dealing.world.balance(client, "BTC")[0] == Decimal("0.01662510")


def test_a_large_one_walks_the_book_and_pays_the_larger_spread() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="200000.00")
    quote = dealing.ask(client, "BUY", base="1.5")
    # (60,000 + 60,100 / 2) / 1.5 = 60,033.333…, and 50 basis points on the exact one.
    assert (quote.raw_price, quote.spread_bp, quote.price) == (Decimal("60033.34"), 50, Decimal("60333.50"))
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="2.1"), reason="NO_DEPTH")
    dealing.set_terms(max_amount=Decimal(1))
    refused(
        "QUOTE_NOT_FILLABLE",
        lambda: dealing.ask(client, "BUY", base="1.1"),
        reason="ABOVE_MAXIMUM",
        max_base_amount="1",
    )


def test_nobody_makes_the_price_that_he_is_quoted() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00", BTC="2")
    dealing.world.place(client, "own", "SELL", "1.0000", "59950.00")
    dealing.world.match()
    assert dealing.ask(client, "BUY", base="0.5").raw_price == 60000
    other = dealing.world.client("Alder", USD="100000.00")
    assert dealing.ask(other, "BUY", base="0.5").raw_price == 59950


def test_executed_once_and_answered_for_ever() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.5")
    first = dealing.execute(client, quote)
    again = dealing.execute(client, quote, at=quote.expires_at + timedelta(hours=1))
    assert again.is_replay
    assert again.execution.pk == first.execution.pk
    other = refused("QUOTE_ALREADY_EXECUTED", lambda: dealing.execute(client, quote, "other"))
    assert other.status == 409
    second = dealing.ask(client, "BUY", base="0.1")
    reused = refused("CLIENT_REFERENCE_REUSED", lambda: dealing.execute(client, second))
    assert reused.meta["differences"] == [{"pointer": "/quote_id", "stored": str(quote.pk), "sent": str(second.pk)}]
    stranger = dealing.world.client("Alder", USD="100000.00")
    with pytest.raises(NotFound):
        dealing.execute(stranger, second, "mine")
    assert Entry.objects.filter(kind="QUOTE_EXECUTION").count() == 1


def test_the_moment_decides_and_not_the_sweep() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.5")
    refused("QUOTE_EXPIRED", lambda: dealing.execute(client, quote, at=quote.expires_at))
    assert sweep_quotes(at=quote.expires_at - timedelta(microseconds=1)) == 0
    assert sweep_quotes(at=quote.expires_at) == 1
    assert Quote.objects.get(pk=quote.pk).status == "EXPIRED"
    refused("QUOTE_EXPIRED", lambda: dealing.execute(client, quote))
    last = dealing.ask(client, "BUY", base="0.5")
    dealing.execute(client, last, at=last.expires_at - timedelta(microseconds=1))


def test_the_desk_withdraws_and_says_why() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.5")
    desk = Actor("PERSON", a_person("Dora Desk", role="DESK").pk)
    refused("REASON_MISSING", lambda: withdraw_quote(quote_id=quote.pk, reason=" ", actor=desk, at=now()))
    for _ in range(2):
        withdraw_quote(quote_id=quote.pk, reason="The market moves.", actor=desk, at=now())
    refused("QUOTE_WITHDRAWN", lambda: dealing.execute(client, quote), withdrawn_for="DESK")
    assert AuditEntry.objects.get(action="trading.quote.withdraw").reason == "The market moves."
    assert OutboxMessage.objects.filter(topic="trading.quote.withdrawn").count() == 1
    taken = dealing.ask(client, "BUY", base="0.1")
    dealing.execute(client, taken)
    refused("QUOTE_ALREADY_EXECUTED", lambda: withdraw_quote(quote_id=taken.pk, reason="Late", actor=desk, at=now()))


def test_quotes_end_in_the_batch_in_which_the_market_leaves_open() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.5")
    dealing.world.change_phase("HALTED")
    assert Quote.objects.get(pk=quote.pk).status == "ACTIVE"
    dealing.world.match()
    assert Quote.objects.get(pk=quote.pk).withdrawn_for == "PHASE"
    refused("QUOTE_WITHDRAWN", lambda: dealing.execute(client, quote), withdrawn_for="PHASE")
    refused("PHASE_NOT_ALLOWED", lambda: dealing.ask(client, "BUY", base="0.5"), phase="HALTED")
    for phase in ("AUCTION", "OPEN"):
        dealing.world.change_phase(phase)
        dealing.world.match()
    assert dealing.world.market.phase == "OPEN"
    refused("QUOTE_WITHDRAWN", lambda: dealing.execute(client, quote), withdrawn_for="PHASE")


def test_a_quote_that_the_market_has_run_away_from_is_withdrawn() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.5")
    dealing.world.set_reference("65000.00")
    refused("QUOTE_WITHDRAWN", lambda: dealing.execute(client, quote), withdrawn_for="BAND")
    assert sweep_quotes(at=now()) == 1
    assert Quote.objects.get(pk=quote.pk).withdrawn_for == "BAND"
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="0.5"), reason="BEYOND_BAND")


def test_who_is_short_is_told_and_the_house_tells_nothing() -> None:
    dealing = Dealing().open(btc="1")
    client = dealing.world.client("Birch", USD="100.00")
    quote = dealing.ask(client, "BUY", base="0.5")
    refused(
        "INSUFFICIENT_AVAILABLE", lambda: dealing.execute(client, quote), asset="USD", available="100.000000",
        needed="30060.000000",
    )  # fmt: skip
    # Half a bitcoin is promised: another 0.6 is more than the house has, and as soon as the first is over it is not.
    asked = refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="0.6"), reason="CAPACITY")
    assert asked.meta == {"reason": "CAPACITY"}
    assert dealing.ask(client, "BUY", base="0.6", at=quote.expires_at).gives_base == Decimal("0.6")


def test_the_house_cannot_keep_what_it_no_longer_has() -> None:
    dealing = Dealing().open(btc="1")
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.8")
    dealing.take_from_house("BTC", "0.5")
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.execute(client, quote), reason="CAPACITY")
    assert Quote.objects.get(pk=quote.pk).status == "ACTIVE"
    assert breaches() == {}


def test_the_cap_counts_what_the_house_has_and_what_is_open() -> None:
    # Two bitcoins are about 119,900 in value.
    dealing = Dealing().open(btc="2", exposure_cap=Decimal(150_000))
    client = dealing.world.client("Birch", BTC="5")
    first = dealing.ask(client, "SELL", base="0.3")
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "SELL", base="0.3"), reason="CAPACITY")
    dealing.execute(client, first)
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "SELL", base="0.3"), reason="CAPACITY")
    assert dealing.ask(client, "SELL", base="0.1").gives_base == Decimal("0.1")


def test_a_profile_has_so_many_open_at_once(settings: Any) -> None:
    settings.QUOTES_OPEN_PER_PROFILE = 2
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    first = dealing.ask(client, "BUY", base="0.1")
    dealing.ask(client, "BUY", base="0.1")
    refused("QUOTES_STILL_OPEN", lambda: dealing.ask(client, "BUY", base="0.1"))
    dealing.execute(client, first)
    dealing.ask(client, "BUY", base="0.1")


def test_who_may_not_trade_gets_no_price_and_keeps_none() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00", BTC="1")
    quote = dealing.ask(client, "BUY", base="0.1")
    identity_id = client_identity(client)
    set_control(
        identity_id=identity_id,
        wish=ControlWish("SELL_ONLY", "COMPLIANCE_INVESTIGATION"),
        set_by="OPERATOR",
        actor=Actor("PERSON", a_person().pk),
        at=now(),
    )
    refused("ACTION_NOT_PERMITTED", lambda: dealing.ask(client, "BUY", base="0.1"), action="BUY")
    refused("ACTION_NOT_PERMITTED", lambda: dealing.execute(client, quote), action="BUY")
    assert dealing.ask(client, "SELL", base="0.1").side == "SELL"


def client_identity(client: Client) -> UUID:
    return ProfileMember.objects.get(profile_id=client.profile_id, role="HOLDER").identity_id


def test_whom_a_switch_keeps_out_gets_no_price_and_keeps_none() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.1")
    terms = SwitchTerms("ENTITY", client.entity_id, "TRADING_RISK")
    engage_kill_switch(terms=terms, actor=Actor("PERSON", a_person().pk), at=now())
    refused("KILL_SWITCH_ENGAGED", lambda: dealing.execute(client, quote), scope="ENTITY")
    refused("KILL_SWITCH_ENGAGED", lambda: dealing.ask(client, "BUY", base="0.1"), scope="ENTITY")


def test_amounts_that_cannot_move() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    refused("SCALE_EXCEEDED", lambda: dealing.ask(client, "BUY", base="0.000000001"))
    refused("AMOUNT_NOT_PAYABLE", lambda: dealing.ask(client, "BUY", quote="10.001"))
    refused("AMOUNT_BELOW_MINIMUM", lambda: dealing.ask(client, "SELL", base="0.00000001"))
    refused("AMOUNT_BELOW_MINIMUM", lambda: dealing.ask(client, "SELL", base="0"))
    refused("TERMS_NOT_ALLOWED", lambda: dealing.ask(client, "SELL"))
    refused("TERMS_NOT_ALLOWED", lambda: dealing.ask(client, "SELL", base="1", quote="1"))


def test_quoting_from_the_reference_and_never_below_the_book(settings: Any) -> None:
    dealing = Dealing().open(source="REFERENCE")
    client = dealing.world.client("Birch", USD="200000.00", BTC="5")
    # The reference is 59,950: buying is bounded by the asks of the book, selling by its bids.
    assert dealing.ask(client, "BUY", base="0.1").raw_price == 60000
    assert dealing.ask(client, "SELL", base="0.1").raw_price == 59900
    dealing.world.set_reference("60050.00")
    assert dealing.ask(client, "BUY", base="0.1").raw_price == 60050
    # More than the book shows: the reference holds for all of it.
    dealing.set_terms(source="REFERENCE", max_amount=Decimal(4))
    assert dealing.ask(client, "BUY", base="2.5").raw_price == Decimal("60050")
    settings.QUOTE_PRICE_MAX_AGE_SECONDS = -1
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="0.1"), reason="PRICE_STALE")


def test_a_book_that_is_behind_is_not_believed(settings: Any) -> None:
    settings.QUOTE_BOOK_LAG_SECONDS = 5
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="200000.00")
    dealing.world.at = now()
    dealing.world.place(client, "waits", "BUY", "0.1000", "50000.00")
    assert dealing.ask(client, "BUY", base="0.1").price
    later = now() + timedelta(seconds=6)
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="0.1", at=later), reason="PRICE_STALE")


def test_a_market_without_terms_or_price_is_not_quoted() -> None:
    dealing = Dealing()
    client = dealing.world.client("Birch", USD="200000.00")
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="0.1"), reason="NOT_QUOTED")
    dealing.set_terms(source="REFERENCE")
    refused("REFERENCE_PRICE_MISSING", lambda: dealing.ask(client, "BUY", base="0.1"))
    dealing.set_terms(source="BOOK")
    refused("QUOTE_NOT_FILLABLE", lambda: dealing.ask(client, "BUY", base="0.1"), reason="NO_DEPTH")
