"""A new destination waits a day; only other people's approval ends that early."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from accounts.domain.approving import Tier
from accounts.models import ApprovalRequest, StaffUser
from accounts.operations.change_policy import PolicyTerms, change_policy
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor
from settlement.models import Destination
from settlement.operations.hasten_destination import hasten_destination
from settlement.operations.remove_destination import remove_destination
from tests.desk import a_person
from tests.four_eyes import approve
from tests.settlement.withdrawals.paying import Paying

pytestmark = pytest.mark.django_db


@pytest.fixture
def olive(db: None) -> StaffUser:
    return a_person("Olive", role="OPERATIONS")


def asking(destination_id: UUID, person: StaffUser, reason: str = "Heard on the phone.") -> UUID | None:
    actor = Actor("PERSON", person.pk)
    return hasten_destination(destination_id=destination_id, reason=reason, actor=actor, at=now()).approval_id


def refused(code: str, work) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code, caught.value
    return caught.value


def test_it_may_be_used_once_somebody_else_has_approved_that(paying: Paying, olive: StaffUser) -> None:
    paying.at = now()
    client = paying.client()
    destination_id = paying.destination(client, at=now())
    refused("DESTINATION_NOT_ACTIVE", lambda: paying.ask(client, "100.00"))
    approval_id = asking(destination_id, olive)
    request = ApprovalRequest.objects.get(pk=approval_id)
    assert request.title.endswith(" use Our bank at once")
    refused("DESTINATION_NOT_ACTIVE", lambda: paying.ask(client, "100.00"))
    refused("APPROVAL_ALREADY_PENDING", lambda: asking(destination_id, olive))
    assert approve(approval_id).status == "EXECUTED"
    destination = Destination.objects.get(pk=destination_id)
    assert (destination.status, destination.approval_id) == ("ACTIVE", approval_id)
    paying.at = now()
    assert paying.ask(client, "100.00").status == "IN_REVIEW"
    entry = AuditEntry.objects.get(action="settlement.destination.hasten")
    assert (entry.approval_id, entry.actor_id, entry.reason) == (approval_id, olive.pk, "Heard on the phone.")


def test_what_is_over_or_removed_is_not_hastened(paying: Paying, olive: StaffUser) -> None:
    client = paying.client()
    usable, removed = paying.destination(client), paying.destination(client, "CH-2", at=now())
    refused("STATE_CHANGED", lambda: asking(usable, olive))
    approval_id = asking(removed, olive)
    remove_destination(destination_id=removed, entity_id=client.entity_id, actor=SYSTEM, at=now())
    decided = approve(approval_id)
    assert (decided.status, decided.outcome_code) == ("FAILED", "STATE_CHANGED")
    refused("STATE_CHANGED", lambda: asking(removed, olive))
    refused("REASON_MISSING", lambda: asking(removed, olive, " "))
    with pytest.raises(NotFound):
        asking(uuid4(), olive)


def test_a_policy_that_asks_nobody_hastens_nothing(paying: Paying, olive: StaffUser) -> None:
    destination_id = paying.destination(paying.client(), at=now())
    nobody = PolicyTerms((Tier(Decimal(0), 0, ""),), 24, needs_reauthentication=True, daily_limit=None)
    actor = Actor("PERSON", a_person("Ada", role="ADMINISTRATOR").pk)
    asked = change_policy(action="DESTINATION_ADD", terms=nobody, reason="Tests", actor=actor, at=now())
    assert approve(asked.approval_id).status == "EXECUTED"
    refused("APPROVAL_NEEDED", lambda: asking(destination_id, olive))
    assert Destination.objects.get(pk=destination_id).usable_from > now() + timedelta(hours=23)
