"""One deposit on its page, and what may be done there by whom."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.test import Client as Browser

from accounts.models import ApprovalRequest, ProfileMember
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.gateways.arrivals import ArrivalStatus, Sender
from settlement.gateways.screening import ScreeningSimulator
from settlement.models import Deposit
from settlement.operations.screen_deposits import screen_deposits
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.people import a_client
from tests.settlement.arriving import CLEAR, ELSEWHERE, HIT, an_arrival, arrive, take_in
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


def page_of(browser: Browser, deposit: Deposit) -> str:
    answer = browser.get(path(deposit))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_timeline_tells_all_of_it_in_order(deposit: Deposit) -> None:
    signed_in(a_person("Conrad", role="COMPLIANCE")).post(path(deposit, "release"), {"reason": "Looked at."})
    shown = page_of(of("COMPLIANCE"), deposit).partition("<h2>Timeline</h2>")[2]
    told = ["Received, to be looked at", "waits for permission", "Released", "credited: Looked at.", "Conrad"]
    assert [word for word in told if word not in shown] == []
    assert shown.index("Received, to be looked at") < shown.index("Released")
    assert "/ops/ledger/entries/" in shown
    assert "/ops/audit/" in shown
    assert "/ops/audit/" not in page_of(of("OPERATIONS"), deposit)


def test_one_of_a_chain_shows_how_far_it_is(db: None) -> None:
    person = a_client()
    seen = take_in(an_arrival("BITCOIN", person.profile_id, status=ArrivalStatus.SEEN, confirmations=2))
    shown = page_of(of("OPERATIONS"), seen)
    assert "2 of 3" in shown
    assert "Waits for 3 confirmations" in shown
    assert "Nothing is in the books" in shown


def test_operations_say_whose_it_is(db: None) -> None:
    person, deposit, operations = a_client(), arrive("WIRE", address="Invoice 7"), of("OPERATIONS")
    assert "Invoice 7" in page_of(operations, deposit)
    said = {"profile": "nobody", "reason": "By the payer's name."}
    assert operations.post(path(deposit, "attribute"), said).status_code == 422
    answer = operations.post(path(deposit, "attribute"), said | {"profile": str(person.profile_id)})
    assert answer["Location"] == path(deposit)
    assert "somebody else decides it under Approvals" in page_of(operations, deposit)
    assert status_of(deposit) == "UNDER_REVIEW"
    approve(ApprovalRequest.objects.get(action="DEPOSIT_ATTRIBUTION").pk)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.profile_id) == ("CREDITED", person.profile_id)


def test_operations_keep_who_sent_it_and_compliance_releases_it(db: None, tmp_path: Path) -> None:
    person, operations, compliance = a_client(), of("OPERATIONS"), of("COMPLIANCE")
    deposit = arrive("BITCOIN", person.profile_id, sender=ELSEWHERE, screening=CLEAR)
    assert "Bluewater Exchange" in page_of(operations, deposit)
    early = compliance.post(path(deposit, "release"), {"reason": "Looked at."})
    assert early.status_code == 409
    assert "Nobody has said yet who sent it." in early.content.decode()
    alone = operations.post(path(deposit, "inform"), {"full_name": "Maren Lindqvist"})
    assert alone.status_code == 422
    assert "It does not say who sent it." in alone.content.decode()
    operations.post(path(deposit, "inform"), {"full_name": "Maren Lindqvist", "address": "Kvarngatan 8"})
    shown = page_of(compliance, deposit)
    assert "M. L." in shown
    assert "Lindqvist" not in shown
    screen_deposits(screener=ScreeningSimulator(tmp_path / "screening.json"), at=now())
    compliance.post(path(deposit, "release"), {"reason": "Looked at."})
    assert status_of(deposit) == "CREDITED"


def test_what_a_screener_said_is_for_compliance(db: None) -> None:
    deposit = arrive("WIRE", a_client().profile_id, screening=HIT)
    assert "On a list." in page_of(of("COMPLIANCE"), deposit)
    assert "On a list." not in page_of(of("OPERATIONS"), deposit)


def test_a_recall_is_asked_for_and_decided_by_others(db: None) -> None:
    notice = an_arrival("WIRE", a_client().profile_id)
    deposit, operations = take_in(notice, CLEAR), of("OPERATIONS")
    gone = {"status": ArrivalStatus.GONE, "reference": notice.reference, "gone_reference": "RECALL-1"}
    take_in(an_arrival("WIRE", deposit.profile_id, **gone))
    shown = page_of(operations, deposit)
    assert "RECALL-1" in shown
    assert "Ask to take it back" in shown
    assert "Ask to take it back" not in page_of(of("TREASURER"), deposit)
    operations.post(path(deposit, "recall"), {"reason": "The sender's bank asks."})
    asked = ApprovalRequest.objects.get(action="DEPOSIT_REVERSAL")
    assert "Deposit reversal asked for" in page_of(operations, deposit)
    approve(asked.pk)
    assert status_of(deposit) == "REVERSED"
    shown = page_of(of("TREASURER"), deposit)
    assert "Taken back" in shown
    assert f"/ops/approvals/{asked.pk}" in shown


def reveal(browser: Browser, deposit: Deposit, *fields: str, reason: str = "The bank asks about Monday's wire"):
    return browser.post(f"{path(deposit)}/reveal", {"fields_asked": fields, "reason": reason})


def test_who_sent_it_is_shown_in_full_to_whoever_says_why(db: None) -> None:
    told = Sender(account="GB33", details={"full_name": "Maren Lindqvist", "address": "Kvarngatan 8"})
    deposit = arrive("WIRE", a_client().profile_id, sender=told)
    person = a_person("Conrad", role="COMPLIANCE")
    answer = reveal(signed_in(person), deposit, "full_name")
    assert "Maren Lindqvist" in answer.content.decode()
    assert "Kvarngatan" not in answer.content.decode()
    look = AuditEntry.objects.get(action="settlement.deposit.reveal")
    assert (look.actor_id, look.object_id, look.object_type) == (person.pk, str(deposit.pk), "settlement.deposit")
    assert "Lindqvist" not in str(look.changes)
    assert "details looked at" in page_of(signed_in(person), deposit)
    assert reveal(signed_in(person), deposit, "full_name", reason="why").status_code == 422
    assert reveal(of("OPERATIONS"), deposit, "full_name").status_code == 404
    assert AuditEntry.objects.filter(action="settlement.deposit.reveal").count() == 1


def test_of_whom_nothing_is_kept_there_is_nothing_to_show(deposit: Deposit) -> None:
    assert reveal(of("COMPLIANCE"), deposit, "full_name").status_code == 404
