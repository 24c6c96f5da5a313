"""POST /v1/deposits/{id}/information"""

import json

import pytest

from accounts.models import VaultRecord
from accounts.queries.details import mask_details
from core.ids import new_id
from core.models import AuditEntry, OutboxMessage
from settlement.models import Deposit
from tests.people import Person, a_client, problem
from tests.settlement.arriving import CLEAR, ELSEWHERE, arrive

pytestmark = pytest.mark.django_db
SCOPES = ("funding:read", "funding:write")
SENDER = {"full_name": "Maren Lindqvist", "address": "Kvarngatan 8\n118 47 Stockholm"}


def asked(person: Person) -> Deposit:
    deposit = arrive("BITCOIN", person.profile_id, sender=ELSEWHERE, screening=CLEAR)
    assert deposit.needs_information
    return deposit


def path(deposit: Deposit) -> str:
    return f"/deposits/{deposit.pk}/information"


def test_the_client_says_who_sent_it_and_compliance_decides():
    person = a_client(scopes=SCOPES)
    deposit = asked(person)
    answer = person.api.post(path(deposit), {"sender": SENDER})
    assert answer.status_code == 202, answer.content
    told = json.loads(answer.content)
    assert (told["status"], told["needs_information"]) == ("UNDER_REVIEW", False)
    assert told["informed_at"] is not None
    assert answer["ETag"] == f'"{told["version"]}"'


def test_it_is_in_the_vault_and_nowhere_else():
    person = a_client(scopes=SCOPES)
    deposit = asked(person)
    answer = person.api.post(path(deposit), {"sender": SENDER})
    deposit.refresh_from_db()
    subject_id = deposit.sender_subject_id
    assert subject_id is not None
    assert set(mask_details([subject_id])[subject_id]) == {"full_name", "address"}
    assert VaultRecord.objects.filter(subject_id=subject_id).exists()
    written = [answer.content.decode(), str(list(Deposit.objects.values()))]
    written += [str(list(OutboxMessage.objects.values())), str(list(AuditEntry.objects.values()))]
    assert "Lindqvist" not in "".join(written)
    assert "Kvarngatan" not in "".join(written)


def test_told_again_the_newest_counts():
    person = a_client(scopes=SCOPES)
    deposit = asked(person)
    person.api.post(path(deposit), {"sender": SENDER})
    again = person.api.post(path(deposit), {"sender": SENDER | {"address": "Storgatan 1\nUppsala"}})
    assert again.status_code == 202


def test_a_name_alone_does_not_say_who_it_was():
    person = a_client(scopes=SCOPES)
    deposit = asked(person)
    told = problem(person.api.post(path(deposit), {"sender": {"full_name": "Maren"}}), 422, "INFORMATION_INCOMPLETE")
    assert told["errors"][0]["pointer"] == "/sender"
    problem(person.api.post(path(deposit), {"sender": {"address": "Kvarngatan 8"}}), 400, "REQUEST_INVALID")


def test_what_is_no_detail_is_named_by_pointer_and_never_by_value():
    person = a_client(scopes=SCOPES)
    deposit = asked(person)
    wrong = SENDER | {"date_of_birth": "in spring"}
    told = problem(person.api.post(path(deposit), {"sender": wrong}), 400, "REQUEST_INVALID")
    assert told["errors"][0]["pointer"] == "/sender/date_of_birth"
    assert "in spring" not in json.dumps(told)
    told = problem(person.api.post(path(deposit), {"sender": SENDER | {"iban": "x"}}), 400, "REQUEST_INVALID")
    assert (told["errors"][0]["pointer"], told["errors"][0]["code"]) == ("/sender/iban", "UNKNOWN_FIELD")
    for sender in (None, [], "Maren", {"full_name": 7}):
        problem(person.api.post(path(deposit), {"sender": sender}), 400, "REQUEST_INVALID")


def test_nobody_is_asked_about_another():
    person, other = a_client(scopes=SCOPES), a_client(scopes=SCOPES)
    problem(other.api.post(path(asked(person)), {"sender": SENDER}), 404, "NOT_FOUND")
    problem(person.api.post(f"/deposits/{new_id()}/information", {"sender": SENDER}), 404, "NOT_FOUND")
    plain = arrive("WIRE", person.profile_id)
    problem(person.api.post(path(plain), {"sender": SENDER}), 409, "INFORMATION_NOT_ASKED")
    reader = a_client(scopes=("funding:read",))
    problem(reader.api.post(path(asked(reader)), {"sender": SENDER}), 403, "SCOPE_MISSING")
