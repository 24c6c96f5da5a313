"""The ledger as people read it: a trial balance at any moment, entries with their corrections, statements, holds by line."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.http import HttpResponse

from core.models import AuditEntry
from settlement.models import Entry, LedgerAccount
from settlement.operations.post_entry import Move, post_entry
from tests.desk import a_person, fragment, signed_in
from tests.world import World

pytestmark = pytest.mark.django_db


def plain(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\N{MINUS SIGN}", "-")


def a_world() -> World:
    world = World()
    alder, birch = world.client("Alder", USD="100.00"), world.client("Birch", USD="50.25", BTC="1")
    world.set_reference("60000.00")
    world.at += timedelta(days=1)
    world.deposit(alder, "USD", "7.50", reference="WIRE-7")
    world.place(birch, "B-1", "SELL", "0.4", "60000.00")
    world.match()
    return world


def alders() -> LedgerAccount:
    return LedgerAccount.objects.get(kind="CLIENT", asset__code="USD", name__startswith="Alder")


def test_the_trial_balance_is_that_of_the_moment_and_ends_in_zero():
    a_world()
    monday = plain(signed_in().get("/ops/ledger/trial-balance?day=2026-03-02"))
    tuesday = plain(signed_in().get("/ops/ledger/trial-balance?clock=event_at&day=2026-03-03"))
    early = plain(signed_in().get("/ops/ledger/trial-balance?clock=event_at&day=2026-03-02&time=09:59"))

    assert "Omnibus 1 150.25 — -150.25" in monday
    assert "Client 2 — 157.75 157.75" in tuesday
    assert "Sum 150.25 150.25 0" in monday
    assert "before 2026-03-02 09:59:00 UTC" in early
    assert "Sum 0.00 0.00 0" in early
    assert signed_in().get("/ops/ledger/trial-balance?day=yesterday").status_code == 422
    part = fragment(signed_in(), "/ops/ledger/trial-balance", "list").content.decode()
    assert "<html" not in part
    assert "Omnibus" in part


def test_entries_are_found_by_day_kind_and_account_and_one_shows_what_it_moved_and_what_corrected_it():
    world = a_world()
    browser, account = signed_in(), alders()
    assert "WIRE-7" in plain(browser.get("/ops/ledger/entries?day=2026-03-03"))
    assert "WIRE-7" not in plain(browser.get("/ops/ledger/entries?day=2026-03-02"))
    assert "WIRE-7" not in plain(browser.get("/ops/ledger/entries?kind=TRADE"))
    of_account = plain(browser.get(f"/ops/ledger/entries?account={account.code}"))
    assert of_account.count("Deposit DEP-") + of_account.count("Deposit WIRE-7") == 2
    assert browser.get("/ops/ledger/entries?account=nobody").status_code == 422

    wrong = Entry.objects.get(narrative="Deposit WIRE-7")
    right = Entry.objects.get(
        pk=post_entry(
            kind="MANUAL_JOURNAL",
            source_type="settlement.manual_journal",
            source_id=uuid4(),
            event_at=world.at,
            moves=[Move(account.pk, world.omnibus["USD"], world.usd.pk, Decimal("0.50"))],
            actor_id=None,
            narrative="Seven it was",
            corrects=wrong.pk,
        )
    )
    assert "Corrected by" in plain(browser.get(f"/ops/ledger/entries/{wrong.pk}"))
    shown = plain(browser.get(f"/ops/ledger/entries/{right.pk}"))
    assert "Corrects" in shown
    assert "Seven it was" in shown
    assert browser.get(f"/ops/ledger/entries/{uuid4()}").status_code == 404


def test_a_statement_opens_moves_and_closes_and_can_be_taken_along():
    a_world()
    account, person = alders(), a_person()
    address = f"/ops/ledger/{account.pk}/statement"
    shown = plain(signed_in().get(f"{address}?from=2026-03-03&to=2026-03-31"))
    assert "Opening 100.00 USD In 7.50 Out 0.00 Closing 107.50 USD" in shown
    whole = signed_in(person).get(f"{address}/export?from=2026-03-01&to=2026-03-31")
    body = b"".join(whole.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [(row["change"], row["balance"]) for row in rows] == [
        ("100.000000", "100.000000"),
        ("7.500000", "107.500000"),
    ]
    assert rows[0]["other_account"] == "OMNIBUS:MAIN:USD"
    act = AuditEntry.objects.get(action="settlement.ledger_account.export")
    assert (act.actor_id, act.object_id) == (person.pk, str(account.pk))
    for wrong in ("from=2026-03-09&to=2026-03-01", "from=2024-01-01&to=2026-03-01", "from=soon"):
        assert signed_in().get(f"{address}?{wrong}").status_code == 422
        assert signed_in().get(f"{address}/export?{wrong}").status_code == 422


def test_a_text_that_a_spreadsheet_would_run_is_disarmed():
    world = a_world()
    account = alders()
    post_entry(
        kind="MANUAL_JOURNAL",
        source_type="settlement.manual_journal",
        source_id=uuid4(),
        event_at=world.at,
        moves=[Move(account.pk, world.omnibus["USD"], world.usd.pk, Decimal("0.50"))],
        actor_id=None,
        narrative='=HYPERLINK("http://x")',
    )
    answer = signed_in().get(f"/ops/ledger/{account.pk}/statement/export?from=2026-03-01&to=2026-03-31")
    body = b"".join(answer.streaming_content).decode()
    assert "\"'=HYPERLINK" in body
    assert "-0.500000" in body, "an amount stays a number"


def test_what_is_held_is_told_order_by_order():
    a_world()
    account = LedgerAccount.objects.get(kind="CLIENT", asset__code="BTC")
    assert "/holds" in signed_in().get(f"/ops/ledger/{account.pk}").content.decode()
    shown = plain(signed_in().get(f"/ops/ledger/{account.pk}/holds"))
    assert "Order B-1 Sell BTC-USD Open 0.40000000 BTC" in shown
    assert "By orders 0.40000000 By withdrawals 0.00000000 Held 0.40000000 BTC" in shown


def test_who_may_not_read_the_ledger_finds_none_of_it():
    a_world()
    account, day = alders(), date(2026, 3, 2)
    browser = signed_in(a_person(role="DESK"))
    entry = Entry.objects.first()
    for address in (
        "trial-balance", "entries", f"entries/{entry.pk}", f"{account.pk}/statement",  # type: ignore[union-attr]
        f"{account.pk}/statement/export", f"{account.pk}/holds", f"../day/{day}", "../day",
    ):  # fmt: skip
        assert browser.get(f"/ops/ledger/{address}".replace("ledger/../", "")).status_code == 404, address
