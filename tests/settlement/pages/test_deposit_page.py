"""One deposit on its page, and what may be done there by whom."""

from uuid import UUID, uuid4

import pytest
from django.test import Client as Browser

from accounts.models import ProfileMember
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.models import Deposit
from tests.desk import a_person, signed_in
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def deposit(db: None) -> Deposit:
    """250.00 USD that wait for compliance."""
    world = World()
    client = world.client("Alder")
    holder = ProfileMember.objects.get(profile_id=client.profile_id).identity_id
    wish = ControlWish("SELL_ONLY", "ADMINISTRATIVE")
    set_control(identity_id=holder, wish=wish, set_by=OPERATOR, actor=Actor("PERSON", uuid4()), at=now())
    return Deposit.objects.get(pk=world.deposit(client, "USD", "250.00", "WIRE-1"))


def of(*roles: str) -> Browser:
    return signed_in(a_person("Olive", role=roles))


def path(deposit: Deposit, deed: str = "") -> str:
    return f"/ops/deposits/{deposit.pk}" + (f"/{deed}" if deed else "")


def status_of(deposit: Deposit) -> str:
    return Deposit.objects.get(pk=deposit.pk).status


def test_the_list_leads_to_it_and_says_how_many_wait(deposit: Deposit) -> None:
    shown = of("COMPLIANCE").get("/ops/deposits").content.decode()
    assert "1 under review or on its way back" in shown
    assert path(deposit) in shown


def test_each_sees_the_forms_of_its_own_duty(deposit: Deposit) -> None:
    compliance, operations = of("COMPLIANCE"), of("OPERATIONS")
    assert "Release to the client" in compliance.get(path(deposit)).content.decode()
    assert "Send it back" not in compliance.get(path(deposit)).content.decode()
    assert "Release to the client" not in operations.get(path(deposit)).content.decode()
    assert "Send it back" in operations.get(path(deposit)).content.decode()
    reader = of("TREASURER").get(path(deposit)).content.decode()
    assert "WIRE-1" in reader
    assert f'action="{path(deposit)}/' not in reader


def test_compliance_releases_it(deposit: Deposit) -> None:
    person = a_person("Conrad", role="COMPLIANCE")
    answer = signed_in(person).post(path(deposit, "release"), {"reason": "Looked at."})
    assert answer["Location"] == path(deposit)
    assert status_of(deposit) == "CREDITED"
    entry = AuditEntry.objects.get(action="settlement.deposit.release")
    assert (entry.actor_id, entry.reason) == (person.pk, "Looked at.")
    shown = signed_in(person).get(path(deposit)).content.decode()
    assert "Deposit released" in shown
    assert "Release to the client" not in shown


def test_operations_send_it_back_and_say_when_it_has_gone(deposit: Deposit) -> None:
    operations = of("OPERATIONS")
    operations.post(path(deposit, "return"), {"reason": "The client asked."})
    assert status_of(deposit) == "RETURNING"
    operations.post(path(deposit, "complete-return"), {"return_reference": "OUT-1"})
    assert status_of(deposit) == "RETURNED"
    assert "OUT-1" in operations.get(path(deposit)).content.decode()


def test_what_is_refused_stays_on_the_page_with_what_was_typed(deposit: Deposit) -> None:
    compliance, operations = of("COMPLIANCE"), of("OPERATIONS")
    assert compliance.post(path(deposit, "release"), {"reason": ""}).status_code == 422
    operations.post(path(deposit, "return"), {"reason": "The client asked."})
    late = compliance.post(path(deposit, "release"), {"reason": "Looked at."})
    assert late.status_code == 409
    assert "A deposit that is RETURNING is not released." in late.content.decode()
    typed = operations.post(path(deposit, "complete-return"), {"return_reference": "a b"})
    assert typed.status_code == 422
    assert 'value="a b"' in typed.content.decode()
    assert status_of(deposit) == "RETURNING"


def test_who_has_not_the_duty_finds_no_such_deed(deposit: Deposit) -> None:
    assert of("OPERATIONS").post(path(deposit, "release"), {"reason": "x"}).status_code == 404
    assert of("COMPLIANCE").post(path(deposit, "return"), {"reason": "x"}).status_code == 404
    assert of("COMPLIANCE").post(path(deposit, "burn"), {"reason": "x"}).status_code == 404
    assert of("DESK").get(path(deposit)).status_code == 404
    assert of("COMPLIANCE").get(f"/ops/deposits/{UUID(int=7)}").status_code == 404
    assert status_of(deposit) == "UNDER_REVIEW"
