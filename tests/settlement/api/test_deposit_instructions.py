"""POST and GET /v1/deposit-instructions"""

import json

import pytest

from accounts.models import Profile
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from core.clock import now
from core.ids import new_id
from core.models import IdempotentRequest
from core.operations.record_audit import SYSTEM, Actor
from settlement.gateways.arrivals import Address
from settlement.models import DepositInstruction
from settlement.operations.change_rail import switch_rail_off
from settlement.operations.open_deposit_instruction import retire_deposit_instruction
from tests.people import Person, a_client, problem
from tests.settlement.arriving import a_rail, an_instruction, arrive

pytestmark = pytest.mark.django_db
SCOPES = ("funding:read", "funding:write")


def ask(person: Person, key: str = "k-1", network: str = "WIRE", **said: str):
    a_rail(network)
    asset = {"WIRE": "USD", "BITCOIN": "BTC"}[network]
    value = {"profile_id": str(person.profile_id), "asset": asset, "network": network} | said
    return person.api.post("/deposit-instructions", value, HTTP_IDEMPOTENCY_KEY=key)


def body(answer):
    return json.loads(answer.content)


def test_a_profile_is_given_a_place_to_be_paid_in():
    person = a_client(scopes=SCOPES)
    answer = ask(person, network="BITCOIN")
    assert answer.status_code == 201, answer.content
    told = body(answer)
    assert (told["asset"], told["network"], told["status"]) == ("BTC", "BITCOIN", "ACTIVE")
    assert (told["confirmations"], told["min_deposit"], told["memo"]) == (3, "0.00000000", None)
    deposit = arrive("BITCOIN", person.profile_id, address=told["address"])
    assert (deposit.status, str(deposit.instruction_id)) == ("CREDITED", told["id"])


def test_a_bank_reference_is_found_in_what_a_payer_writes():
    person = a_client(scopes=SCOPES)
    reference = body(ask(person))["address"]
    assert reference.startswith("RF")
    deposit = arrive("WIRE", address=f"Invoice 7 / {reference} thank you")
    assert (deposit.profile_id, deposit.status) == (person.profile_id, "CREDITED")


def test_the_same_key_is_the_same_answer_and_the_same_wish_the_same_place():
    person = a_client(scopes=SCOPES)
    first, again, other_key = ask(person, "k-1"), ask(person, "k-1"), ask(person, "k-2")
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert body(other_key)["id"] == body(first)["id"]
    problem(ask(person, "k-1", network="BITCOIN"), 422, "IDEMPOTENCY_KEY_REUSED")
    problem(person.api.post("/deposit-instructions", {}), 400, "REQUEST_INVALID")


def test_who_may_not_have_one_is_told_so():
    person = a_client(scopes=SCOPES)
    identity_id = Profile.objects.values_list("members__identity_id", flat=True).get(pk=person.profile_id)
    wish = ControlWish("FROZEN", "COMPLIANCE_SCREENING")
    set_control(identity_id=identity_id, wish=wish, set_by=OPERATOR, actor=Actor("PERSON", new_id()), at=now())
    problem(ask(person), 422, "ACTION_NOT_PERMITTED")
    assert not DepositInstruction.objects.exists()


def test_a_rail_that_is_not_there_or_off_gives_none():
    person = a_client(scopes=SCOPES)
    problem(ask(person, network="WIRE", asset="EUR"), 404, "NOT_FOUND")
    switch_rail_off(rail_id=a_rail().pk, reason="The bank is away.", actor=SYSTEM, at=now())
    problem(ask(person), 422, "RAIL_DISABLED")


def test_another_entitys_profile_is_not_there():
    person, other = a_client(scopes=SCOPES), a_client(scopes=SCOPES)
    problem(ask(person, profile_id=str(other.profile_id)), 404, "NOT_FOUND")
    problem(ask(person, profile_id=str(new_id())), 404, "NOT_FOUND")


def test_the_list_is_the_entitys_own_and_keeps_what_is_retired():
    person, other = a_client(scopes=SCOPES), a_client(scopes=SCOPES)
    an_instruction(other.profile_id)
    old = an_instruction(person.profile_id)
    retire_deposit_instruction(instruction_id=old.pk, actor=SYSTEM, at=now())
    new = an_instruction(person.profile_id)
    chain = an_instruction(person.profile_id, "BITCOIN")

    def ids(query: str = "") -> set[str]:
        return {item["id"] for item in body(person.api.get(f"/deposit-instructions{query}"))["items"]}

    assert ids() == {str(old.pk), str(new.pk), str(chain.pk)}
    assert ids("?status=RETIRED") == {str(old.pk)}
    assert ids("?asset=BTC&network=BITCOIN") == {str(chain.pk)}
    assert ids(f"?profile_id={other.profile_id}") == set()
    problem(person.api.get("/deposit-instructions?status=LOST"), 400, "FILTER_INVALID")
    problem(a_client(scopes=("profiles:read",)).api.get("/deposit-instructions"), 403, "SCOPE_MISSING")


def test_nobody_waits_for_a_gateway_with_a_transaction_open(monkeypatch):
    """Asked before the key is kept; away, it is a refusal to be tried again with the same key, and no error of ours."""
    person, kept, away = a_client(scopes=SCOPES), [], [True]

    class Slow:
        feed = "SLOW"

        def issue_address(self, **asked):
            kept.append(IdempotentRequest.objects.count())
            if away[0]:
                raise ConnectionError("no route")
            return Address("RF18539007547034")

    monkeypatch.setattr(
        "settlement.operations.open_deposit_instruction.installed_feeds", lambda: {("SIMULATOR", "BANK"): Slow()}
    )
    answer = ask(person)
    problem(answer, 503, "UNAVAILABLE")
    assert answer["Retry-After"]
    away[0] = False
    told = ask(person)
    assert (told.status_code, body(told)["address"], kept) == (201, "RF18539007547034", [0, 0])
    # Answered again, nobody is asked.
    assert (ask(person).content, len(kept)) == (told.content, 2)
