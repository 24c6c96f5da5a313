"""/v1/rails, /v1/destinations, /v1/withdrawals and /v1/withdrawal-limits"""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import VaultRecord
from core.clock import now
from core.models import IdempotentRequest
from core.operations.record_audit import SYSTEM, Actor
from settlement.models import Asset, Destination, LedgerAccount, Withdrawal
from settlement.operations.credit_deposit import credit_deposit
from settlement.operations.hasten_destination import hasten_destination
from settlement.operations.open_asset import AssetTerms, open_asset
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.open_rail import RailTerms, open_rail, set_withdrawal_fee, set_withdrawal_limit
from tests.desk import a_person
from tests.four_eyes import approve
from tests.people import Person, a_client, problem

pytestmark = pytest.mark.django_db
SCOPES = ("funding:read", "funding:write", "profiles:read")
YEAR_AGO = timedelta(days=365)


def body(answer, status: int = 200):
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


@pytest.fixture
def person() -> Person:
    """A client with 1,000.00 USD, which leave by WIRE for 15.00."""
    open_asset(terms=AssetTerms("USD", "US dollar", "FIAT", 6, 2), at=now())
    usd = Asset.objects.get(code="USD")
    omnibus = open_firm_account(
        kind="OMNIBUS", asset_id=usd.pk, asset_code="USD", label="MAIN", name="Omnibus", at=now()
    )
    rail = open_rail(
        omnibus_id=omnibus, terms=RailTerms(network="WIRE", gateway="SIMULATOR", min_withdrawal=Decimal(10)), at=now()
    )
    set_withdrawal_fee(rail_id=rail, fee=Decimal(15), at=now() - YEAR_AGO)
    set_withdrawal_limit(scope="DEFAULT", scope_id=None, window="ROLLING_24H", value=Decimal(500), at=now() - YEAR_AGO)
    person = a_client(scopes=SCOPES)
    credit_deposit(
        profile_id=person.profile_id,
        omnibus_id=omnibus,
        amount=Decimal(1000),
        outside_reference=f"IN-{person.profile_id}"[:40],
        value_date=date(2026, 3, 2),
        actor=SYSTEM,
        at=now(),
    )
    return person


def terms(**changes):
    return {
        "label": "Our bank",
        "asset": "USD",
        "network": "WIRE",
        "address": "CH9300762011623852957",
        "beneficiary": {"kind": "INSTITUTION", "country": "CH", "name": "Alder Ltd"},
    } | changes


def add(person: Person, key: str = "k-1", **changes):
    return person.api.post("/destinations", terms(**changes), HTTP_IDEMPOTENCY_KEY=key)


def a_usable_one(person: Person) -> str:
    destination_id = body(add(person), 201)["id"]
    asker = Actor("PERSON", a_person("Olive", role="OPERATIONS").pk)
    asked = hasten_destination(destination_id=destination_id, reason="Heard on the phone.", actor=asker, at=now())
    approve(asked.approval_id)
    return destination_id


def wish(person: Person, destination_id: str, **changes):
    return {
        "profile_id": str(person.profile_id),
        "destination_id": destination_id,
        "client_reference": "W-1",
        "net_amount": "100.00",
    } | changes


def test_rails_say_what_a_withdrawal_costs_now(person: Person) -> None:
    (rail,) = body(person.api.get("/rails?asset=USD"))["items"]
    assert (rail["network"], rail["withdrawal_fee"], rail["min_withdrawal"], rail["payment_scale"]) == (
        "WIRE", "15.000000", "10.000000", 2,
    )  # fmt: skip
    assert (rail["cut_off"], rail["calendar"]) == (None, "ALWAYS")


def test_a_destination_waits_a_day_and_stands_in_the_book_once(person: Person) -> None:
    first = body(add(person), 201)
    assert (first["status"], first["beneficiary_name"]) == ("PENDING", "Alder Ltd")
    assert add(person)["Idempotent-Replayed"] == "true"
    assert problem(add(person, "k-2"), 409, "ALREADY_EXISTS")["meta"] == {"destination_id": first["id"]}
    answer = person.api.post("/withdrawals", wish(person, first["id"]))
    assert problem(answer, 422, "DESTINATION_NOT_ACTIVE")["meta"]["status"] == "PENDING"
    assert person.api.delete(f"/destinations/{first['id']}").status_code == 204
    (shown,) = body(person.api.get("/destinations"))["items"]
    assert shown["status"] == "REMOVED"


def test_who_a_person_is_stands_in_the_vault_alone(person: Person) -> None:
    beneficiary = {"kind": "PERSON", "country": "CH", "details": {"full_name": "Maren Hollister"}}
    shown = body(add(person, beneficiary=beneficiary), 201)
    stored = Destination.objects.get(pk=shown["id"])
    assert (shown["beneficiary_name"], stored.beneficiary_name) == ("", "")
    assert VaultRecord.objects.filter(subject_id=stored.subject_id, field="full_name").count() == 1
    row = IdempotentRequest.objects.get(resource_id=stored.pk)
    assert "Maren" not in json.dumps(row.body) + bytes(row.answer).decode()


@pytest.mark.parametrize(
    "beneficiary",
    [
        {"kind": "PERSON", "country": "CH", "name": "Maren Hollister"},
        {"kind": "INSTITUTION", "country": "CH"},
        {"kind": "INSTITUTION", "country": "CH", "name": "A", "details": {"full_name": "B"}},
        {"kind": "PERSON", "country": "CH", "details": {"shoe_size": "42"}},
        {"kind": "PERSON", "country": "CH", "details": {"email": "a@b.example"}},
    ],
)
def test_a_beneficiary_that_is_not_named_as_its_kind_is_refused(person: Person, beneficiary) -> None:
    problem(add(person, beneficiary=beneficiary), 400, "REQUEST_INVALID")


def test_a_withdrawal_is_asked_for_shown_listed_and_taken_back(person: Person) -> None:
    destination_id = a_usable_one(person)
    answer = person.api.post("/withdrawals", wish(person, destination_id, expected_fee="15.00"))
    made = body(answer, 201)
    assert answer["Location"] == f"/v1/withdrawals/{made['id']}"
    assert (made["status"], made["net_amount"], made["gross_amount"]) == ("IN_REVIEW", "100.000000", "115.000000")
    assert made["approvals"] == {"given": 0, "required": 0}
    again = person.api.post("/withdrawals", wish(person, destination_id))
    assert (again.status_code, again["Idempotent-Replayed"], body(again)["id"]) == (200, "true", made["id"])
    (row,) = body(person.api.get(f"/profiles/{person.profile_id}/balances"))["items"]
    assert (row["available"], row["held_by"]["withdrawals"], row["held_by"]["orders"]) == (
        "885.000000", "115.000000", "0.000000",
    )  # fmt: skip
    assert [each["id"] for each in body(person.api.get("/withdrawals?status=IN_REVIEW"))["items"]] == [made["id"]]
    assert body(person.api.delete(f"/withdrawals/{made['id']}"), 202)["status"] == "CANCELLED"
    assert body(person.api.get(f"/withdrawals/{made['id']}"))["reason_code"] == "CLIENT"
    assert LedgerAccount.objects.get(profile_id=person.profile_id).held == 0


def test_one_amount_is_said_and_the_fee_may_be_held_to(person: Person) -> None:
    destination_id = a_usable_one(person)
    both = wish(person, destination_id, gross_amount="115.00")
    problem(person.api.post("/withdrawals", both), 400, "REQUEST_INVALID")
    answer = person.api.post("/withdrawals", wish(person, destination_id, expected_fee="14.00"))
    assert problem(answer, 422, "FEE_CHANGED")["meta"] == {"fee": "15"}


def test_a_preview_writes_nothing_and_says_all_that_is_wrong(person: Person) -> None:
    destination_id = a_usable_one(person)
    fine = body(person.api.post("/withdrawals/preview", wish(person, destination_id)))
    assert (fine["would_be_accepted"], fine["gross_amount"], fine["approvals_required"]) == (True, "115.000000", 0)
    assert fine["limits_after"] == [
        {"scope": "ENTITY", "window": "ROLLING_24H", "limit": "500.00", "used": "115.00", "left": "385.00"}
    ]
    wrong = body(person.api.post("/withdrawals/preview", wish(person, destination_id, net_amount="2000.00")))
    assert [each["code"] for each in wrong["refusals"]] == ["WITHDRAWAL_LIMIT_EXCEEDED", "INSUFFICIENT_AVAILABLE"]
    assert wrong["approvals_required"] == 1
    assert not Withdrawal.objects.exists()


def test_limits_say_what_is_used_and_left(person: Person) -> None:
    body(person.api.post("/withdrawals", wish(person, a_usable_one(person))), 201)
    (row,) = body(person.api.get(f"/withdrawal-limits?profile_id={person.profile_id}"))["items"]
    assert (row["window"], row["used"], row["left"]) == ("ROLLING_24H", "115.00", "385.00")
    problem(person.api.get("/withdrawal-limits"), 400, "REQUEST_INVALID")
    problem(person.api.get("/withdrawal-limits?profile_id=x"), 400, "REQUEST_INVALID")


def test_anothers_things_are_none(person: Person) -> None:
    stranger = a_client(scopes=SCOPES)
    destination_id = a_usable_one(person)
    made = body(person.api.post("/withdrawals", wish(person, destination_id)), 201)
    for answer in (
        stranger.api.get(f"/withdrawals/{made['id']}"),
        stranger.api.delete(f"/withdrawals/{made['id']}"),
        stranger.api.delete(f"/destinations/{destination_id}"),
        stranger.api.post("/withdrawals", wish(stranger, destination_id)),
        stranger.api.get(f"/withdrawal-limits?profile_id={person.profile_id}"),
    ):
        problem(answer, 404, "NOT_FOUND")
