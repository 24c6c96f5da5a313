"""Deposits, the ledger and reconciliation as an operator works with them."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse

from accounts.models import ApprovalRequest, StaffUser
from core import clock
from core.models import AuditEntry
from settlement.gateways.arrivals import ArrivalStatus
from settlement.gateways.screening import screener
from settlement.models import Break, Deposit, LedgerAccount, ReconciliationRun
from settlement.operations.screen_deposits import screen_deposits
from tests.desk import a_person, fragment, signed_in
from tests.four_eyes import approve
from tests.people import a_client
from tests.settlement.arriving import arrive
from tests.trading.pages.conftest import Desk


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return Desk()


def plain(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def form(desk: Desk, **changes: str) -> dict[str, str]:
    profile = desk.maker.profile_id
    said = {
        "omnibus": str(desk.omnibus["USD"]),
        "profile": str(profile),
        "amount": "1250.50",
        "outside_reference": "WIRE-77",
        "value_date": "2026-03-02",
        "sender_account": "CH9300762011623852957",
        "sender_name": "Ada Lovelace",
        "note": "",
    }
    return said | changes


def credit(person: StaffUser, said: dict[str, str]) -> HttpResponse:
    return signed_in(person).post("/ops/deposits/credit", said)


def told(person: StaffUser, said: dict[str, str]) -> str:
    """What the list says once the form is sent."""
    browser = signed_in(person)
    answer = browser.post("/ops/deposits/credit", said)
    assert answer["Location"] == "/ops/deposits"
    return plain(browser.get("/ops/deposits"))


def agreed() -> None:
    """Somebody else decides, and the sender is screened."""
    approve(ApprovalRequest.objects.get(action="DEPOSIT_ENTRY", status="PENDING").pk)
    screen_deposits(screener=screener(), at=clock.now())


def test_an_operator_asks_for_a_deposit_and_sees_it_in_the_list_and_the_ledger(desk: Desk) -> None:
    person, before = a_person(), desk.balance(desk.maker, "USD")[0]
    assert "decided by somebody else under Approvals" in told(person, form(desk))
    assert desk.balance(desk.maker, "USD")[0] == before
    agreed()
    assert desk.balance(desk.maker, "USD")[0] == before + Decimal("1250.50")
    listed = plain(signed_in().get("/ops/deposits?text=WIRE-77"))
    assert "1,250.50" in listed
    assert "Northwind" in listed
    account = LedgerAccount.objects.get(profile_id=desk.maker.profile_id, asset__code="USD")
    shown = plain(signed_in().get(f"/ops/ledger/{account.id}"))
    assert "OMNIBUS:MAIN:USD" in shown
    assert "Deposit WIRE-77" in shown
    assert "Lovelace" not in str(list(ApprovalRequest.objects.values_list("payload", "description")))
    entry = AuditEntry.objects.get(action="settlement.deposit.receive", actor_id=person.id)
    assert (entry.actor_kind, entry.approval_id is None) == ("PERSON", False)


def test_the_same_form_twice_is_one_deposit(desk: Desk) -> None:
    person = a_person()
    credit(person, form(desk))
    again = credit(person, form(desk))
    assert (again.status_code, "asked for already" in plain(again)) == (422, True)
    agreed()
    assert "Nothing was entered. It was credited already: 1250.50" in told(person, form(desk))
    assert Deposit.objects.filter(outside_reference="WIRE-77").count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("amount", "1e3", "A plain number"),
        ("amount", "1,000.00", "A plain number"),
        ("amount", "NaN", "A plain number"),
        ("amount", "-5", "A plain number"),
        ("amount", "0", "more than nothing"),
        ("amount", "0.0000001", "USD has 6 digits"),
        ("profile", "nobody", "no open profile"),
        ("profile", "main", "Several profiles have this reference"),
        ("outside_reference", "a b", "1 to 64 of"),
        ("sender_account", "", "From which account"),
        ("value_date", "yesterday", "Enter a valid date"),
        ("omnibus", "01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9", "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(
    desk: Desk, field: str, typed: str, said: str
) -> None:
    before = Deposit.objects.count()
    said_of_sender = {"sender_name": ""} if field == "sender_account" else {}
    answer = credit(a_person(), form(desk, **{field: typed}, **said_of_sender))
    text = answer.content.decode()
    assert answer.status_code == 422
    block = text[text.index(f'id="id_{field}"') :]
    assert said in block[: block.index("</div>")]
    assert f'aria-describedby="id_{field}_' in text or 'aria-invalid="true"' in text
    assert Deposit.objects.count() == before
    if field in ("amount", "profile"):
        assert f'value="{typed}"' in text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"status": "SEEN"}, "Its feed has told of it, and it is not final yet"),
        ({"status": "FINAL", "amount": Decimal(5)}, "It is in the books already, under review"),
        ({"status": "FINAL"}, "It was credited already"),
    ],
)
@pytest.mark.django_db
def test_what_its_feed_told_before_is_said_and_not_entered(status: dict[str, Any], words: str) -> None:
    person, client = a_person(), a_client()
    said = status | {"status": ArrivalStatus(status["status"])}
    deposit = arrive("WIRE", client.profile_id, **said)
    typed = {
        "omnibus": str(deposit.omnibus_id),
        "profile": str(client.profile_id),
        "amount": format(deposit.amount, "f"),
        "outside_reference": deposit.outside_reference,
        "value_date": "2026-03-02",
        "sender_account": "x",
    }
    assert f"Nothing was entered. {words}" in told(person, typed)
    assert not ApprovalRequest.objects.filter(action="DEPOSIT_ENTRY").exists()


def test_a_reference_that_is_used_for_another_amount_is_refused_beside_the_field(desk: Desk) -> None:
    credit(a_person(), form(desk))
    agreed()
    answer = credit(a_person(), form(desk, amount="1"))
    assert answer.status_code == 422
    assert "This reference is booked already" in plain(answer)


def test_the_ledger_sums_to_zero_and_is_filtered(desk: Desk) -> None:
    desk.trade_once()
    client = signed_in()
    text = plain(client.get("/ops/ledger"))
    assert "Trial balance" in text
    assert "OMNIBUS:MAIN:BTC" in text
    only = plain(fragment(client, "/ops/ledger?kind=FEES"))
    assert "FEES:BTC-USD:USD" in only
    assert "OMNIBUS" not in only
    mine = plain(fragment(client, "/ops/ledger?text=halcyon&asset=BTC"))
    assert "1 row" in mine
    assert client.get("/ops/ledger/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9").status_code == 404


def test_an_account_shows_what_each_posting_did_to_it(desk: Desk) -> None:
    desk.trade_once()
    account = LedgerAccount.objects.get(profile_id=desk.maker.profile_id, asset__code="BTC")
    text = plain(signed_in().get(f"/ops/ledger/{account.id}"))
    assert "−0.50000000" in text
    assert "100.00000000" in text
    assert "Halcyon · main" in text


def test_reconciliation_shows_accounts_runs_and_breaks_by_age(desk: Desk) -> None:
    client = signed_in()
    nothing = plain(client.get("/ops/reconciliation"))
    assert "No account has been compared yet" in nothing
    assert "Never compared: OMNIBUS:MAIN:BTC, OMNIBUS:MAIN:USD" in nothing
    with transaction.atomic():
        run = ReconciliationRun.objects.create(
            omnibus_id=desk.omnibus["USD"],
            business_date=date(2026, 3, 2),
            run_version=1,
            status="OPEN",
            ledger_balance=Decimal(100),
            outside_balance=Decimal(90),
            difference=Decimal(-10),
            snapshot_id="S-1",
            snapshot_sha256="0" * 64,
            taken_at=clock.now(),
            run_at=clock.now(),
        )
        Break.objects.create(
            run=run,
            kind="MISSING_IN_STATEMENT",
            amount=Decimal(-10),
            detail="A deposit the bank does not know.",
            opened_on=date(2026, 3, 2),
        )
    text = plain(client.get("/ops/reconciliation"))
    assert "0 of 1 account balanced at their newest run" in text
    assert "A deposit the bank does not know." in text
    assert re.search(r"Open \d+ days", text)
    detail = plain(client.get(f"/ops/reconciliation/{run.id}"))
    assert "−10" in detail
    assert client.get("/ops/reconciliation/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9").status_code == 404


def test_the_search_leads_to_what_is_named(desk: Desk) -> None:
    desk.trade_once()
    client = signed_in()
    order = desk.order(desk.taker, "t0")
    account = LedgerAccount.objects.get(code="OMNIBUS:MAIN:USD")
    credit(a_person(), form(desk))
    agreed()
    leads = {
        str(order.id): f"/ops/orders/{order.id}",
        "btc-usd": "/ops/markets/BTC-USD",
        str(account.id): f"/ops/ledger/{account.id}",
        "WIRE-77": "/ops/deposits?text=WIRE-77",
        "t0": "/ops/blotter?text=t0",
        "": "/ops/blotter",
        "%&=": "/ops/blotter?text=%25%26%3D",
    }
    for text, page in leads.items():
        assert client.get("/ops/search", {"q": text})["Location"] == page, text
