"""GET /v1/deposits and /v1/deposits/{id}"""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Profile
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from core.clock import now
from core.ids import new_id
from core.models import OutboxMessage
from core.operations.record_audit import SYSTEM, Actor
from settlement.gateways.arrivals import ArrivalStatus
from settlement.gateways.screening import ScreeningSimulator
from settlement.models import Asset, Deposit
from settlement.operations.credit_deposit import credit_deposit
from settlement.operations.open_asset import AssetTerms, open_asset
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.receive_deposit import UNSCREENED
from settlement.operations.release_deposit import release_deposit
from settlement.operations.screen_deposits import screen_deposits
from tests.people import Person, a_client, problem
from tests.settlement.arriving import CLEAR, ELSEWHERE, HIT, an_arrival, take_in
from tests.settlement.arriving import arrive as put

pytestmark = pytest.mark.django_db
SCOPES = ("funding:read", "profiles:read")
OFFICER = Actor("PERSON", new_id())


def arrive(person: Person, reference: str, amount: str = "250.00") -> str:
    if not Asset.objects.filter(code="USD").exists():
        open_asset(terms=AssetTerms("USD", "US dollar", "FIAT", 6, 2), at=now())
    usd = Asset.objects.get(code="USD")
    omnibus_id = open_firm_account(
        kind="OMNIBUS", asset_id=usd.pk, asset_code="USD", label="MAIN", name="Omnibus", at=now()
    )
    deposit_id = credit_deposit(
        profile_id=person.profile_id,
        omnibus_id=omnibus_id,
        amount=Decimal(amount),
        outside_reference=reference,
        value_date=date(2026, 3, 2),
        actor=SYSTEM,
        at=now(),
        note="For the house.",
    )
    return str(deposit_id)


def bind(person: Person) -> None:
    identity_id = Profile.objects.values_list("members__identity_id", flat=True).get(pk=person.profile_id)
    wish = ControlWish("SELL_ONLY", "COMPLIANCE_SCREENING")
    set_control(identity_id=identity_id, wish=wish, set_by=OPERATOR, actor=OFFICER, at=now())


def body(answer):
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_a_deposit_is_shown_with_where_it_stands_and_without_what_the_house_noted():
    person = a_client(scopes=SCOPES)
    bind(person)
    deposit_id = arrive(person, "WIRE-1")

    shown = body(person.api.get(f"/deposits/{deposit_id}"))

    assert (shown["status"], shown["amount"], shown["asset"]) == ("UNDER_REVIEW", "250.000000", "USD")
    assert (shown["outside_reference"], shown["value_date"]) == ("WIRE-1", "2026-03-02")
    assert (shown["credited_at"], shown["returned_at"], shown["return_reference"]) == (None, None, None)
    assert not {"note", "review_reason"} & shown.keys()
    assert person.api.get(f"/deposits/{deposit_id}")["ETag"] == '"1"'


def test_what_is_under_review_stands_beside_the_balance_until_it_is_released():
    person = a_client(scopes=SCOPES)
    bind(person)
    deposit_id = arrive(person, "WIRE-1")

    def usd() -> tuple[str, str]:
        (row,) = body(person.api.get(f"/profiles/{person.profile_id}/balances"))["items"]
        return row["balance"], row["under_review"]

    assert usd() == ("0.000000", "250.000000")
    release_deposit(deposit_id=Deposit.objects.get(pk=deposit_id).pk, reason="Looked at.", actor=OFFICER, at=now())
    assert usd() == ("250.000000", "0.000000")
    assert body(person.api.get(f"/deposits/{deposit_id}"))["status"] == "CREDITED"


def test_the_list_is_the_entitys_own_and_filtered_by_status_and_asset():
    person, other = a_client(scopes=SCOPES), a_client(scopes=SCOPES)
    first = arrive(person, "WIRE-1")
    bind(person)
    second = arrive(person, "WIRE-2")
    arrive(other, "WIRE-3")

    def ids(query: str = "") -> list[str]:
        return [item["id"] for item in body(person.api.get(f"/deposits{query}"))["items"]]

    assert ids("?order=ASC&status=CREDITED") in ([], [first])
    assert set(ids()) == {first, second}
    assert ids("?status=UNDER_REVIEW&asset=USD") == [second]
    assert ids("?outside_reference=WIRE-3") == []
    problem(person.api.get("/deposits?status=LOST"), 400, "FILTER_INVALID")


def test_anothers_deposit_is_not_there():
    person, other = a_client(scopes=SCOPES), a_client(scopes=SCOPES)
    theirs = arrive(other, "WIRE-1")
    problem(person.api.get(f"/deposits/{theirs}"), 404, "NOT_FOUND")
    problem(person.api.get(f"/deposits/{new_id()}"), 404, "NOT_FOUND")
    problem(a_client(scopes=("profiles:read",)).api.get("/deposits"), 403, "SCOPE_MISSING")


def shown(person: Person, deposit: Deposit) -> dict:
    return body(person.api.get(f"/deposits/{deposit.pk}"))


def test_one_of_a_chain_counts_its_confirmations_until_it_is_the_clients():
    person = a_client(scopes=SCOPES)
    arrival = an_arrival("BITCOIN", person.profile_id, status=ArrivalStatus.SEEN, confirmations=1, tx_hash="ab" * 32)
    seen = shown(person, take_in(arrival))
    assert (seen["status"], seen["source"], seen["network"]) == ("DETECTED", "CHAIN", "BITCOIN")
    assert seen["confirmations"] == {"seen": 1, "needed": 3}
    assert (seen["address"], seen["tx_hash"], seen["memo"]) == (arrival.address, "ab" * 32, None)
    take_in(replace(arrival, confirmations=2))
    final = take_in(replace(arrival, status=ArrivalStatus.FINAL, confirmations=3), CLEAR)
    assert shown(person, final)["confirmations"] == {"seen": 3, "needed": 3}
    assert shown(person, final)["status"] == "CREDITED"
    (row,) = body(person.api.get("/deposits?source=CHAIN&network=BITCOIN"))["items"]
    assert row == shown(person, final)
    assert body(person.api.get("/deposits?source=BANK"))["items"] == []


def test_one_of_a_bank_has_nothing_to_confirm_and_says_by_which_reference_it_came():
    person = a_client(scopes=SCOPES)
    arrival = an_arrival("WIRE", person.profile_id)
    seen = shown(person, take_in(arrival, CLEAR))
    assert (seen["source"], seen["confirmations"], seen["address"]) == ("BANK", None, arrival.address)
    assert seen["deposit_instruction_id"] is not None
    assert seen["needs_information"] is False


def test_a_client_is_asked_who_sent_it_where_the_travel_rule_asks():
    person = a_client(scopes=SCOPES)
    deposit = take_in(an_arrival("BITCOIN", person.profile_id, sender=ELSEWHERE), CLEAR)
    seen = shown(person, deposit)
    assert (seen["status"], seen["needs_information"], seen["informed_at"]) == ("UNDER_REVIEW", True, None)


def test_nobody_is_tipped_off_by_an_answer():
    """A hit of the screening looks like a permission that is looked at: word for word, but for what is the deposit's own."""
    hit, bound = a_client(scopes=SCOPES), a_client(scopes=SCOPES)
    one = take_in(an_arrival("BITCOIN", hit.profile_id), HIT)
    arrival = an_arrival("BITCOIN", bound.profile_id)
    bind(bound)
    other = take_in(arrival, CLEAR)
    assert (one.review_reason, other.review_reason) == ("SCREENING", "PERMISSION")
    own = {"id", "profile_id", "outside_reference", "deposit_instruction_id", "address", "received_at"}
    own |= {"created_at", "updated_at"}
    told = [
        {key: value for key, value in shown(*each).items() if key not in own} for each in ((hit, one), (bound, other))
    ]
    assert told[0] == told[1]
    assert told[0]["status"] == "UNDER_REVIEW"
    assert "SCREEN" not in json.dumps(shown(hit, one)).upper()


def test_nor_by_an_event():
    """The stream says of a hit what it says of a permission that is looked at."""
    hit, bound = a_client(scopes=SCOPES), a_client(scopes=SCOPES)
    one = take_in(an_arrival("BITCOIN", hit.profile_id), HIT)
    arrival = an_arrival("BITCOIN", bound.profile_id)
    bind(bound)
    other = take_in(arrival, CLEAR)

    def told(deposit: Deposit) -> list:
        heard = OutboxMessage.objects.filter(subject_id=deposit.pk).exclude(entity_id=None).order_by("id")
        return [(each.topic, {**each.payload, "profile_id": None}) for each in heard]

    assert told(one) == told(other)
    assert {payload["status"] for _, payload in told(one)} == {"UNDER_REVIEW"}


def test_what_is_nobodys_yet_is_in_nobodys_list():
    person = a_client(scopes=SCOPES)
    deposit = take_in(an_arrival("WIRE"), CLEAR)
    assert deposit.review_reason == "UNATTRIBUTED"
    assert body(person.api.get("/deposits"))["items"] == []
    problem(person.api.get(f"/deposits/{deposit.pk}"), 404, "NOT_FOUND")


def test_what_is_not_told_does_not_show_in_version_or_time(tmp_path):
    """A recall, a late hit and a lifted step of the review are the house's own: who polls sees nothing of them."""
    person = a_client(scopes=SCOPES)
    notice = an_arrival("WIRE", person.profile_id)
    credited = take_in(notice, CLEAR)
    waiting = put("WIRE", person.profile_id, amount=Decimal(5), screening=UNSCREENED)

    def seen():
        answers = [person.api.get(f"/deposits/{each.pk}") for each in (credited, waiting)]
        return [(answer.content, answer["ETag"]) for answer in answers]

    before = seen()
    take_in(replace(notice, status=ArrivalStatus.GONE))
    listed = ScreeningSimulator(tmp_path / "screening.json")
    listed.list_address("")
    assert screen_deposits(screener=listed, at=now()) == 1
    release_deposit(deposit_id=waiting.pk, reason="Looked at.", actor=OFFICER, at=now())
    waiting.refresh_from_db()
    credited.refresh_from_db()
    assert (waiting.review_reason, waiting.screening, credited.recalled_at is None) == ("BELOW_MINIMUM", "HIT", False)
    assert waiting.version > waiting.client_version
    assert seen() == before
    release_deposit(deposit_id=waiting.pk, reason="Looked at.", actor=OFFICER, at=now())
    after = seen()
    assert (after[0], after[1] != before[1]) == (before[0], True)
    since = json.loads(before[1][0])["updated_at"]
    changed = body(person.api.get(f"/deposits?updated_at.gt={since}"))["items"]
    assert str(waiting.pk) in {each["id"] for each in changed}
