"""A look at somebody in the clear: for a reason, and on record before anything is seen."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.operations.reveal_details import reveal_details
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry
from tests.accounts.vault.telling import MAREN, OFFICER, REASON, a_person, keep

pytestmark = pytest.mark.django_db

# --- revealed


@pytest.mark.django_db(transaction=True)
def test_a_look_is_on_record_before_anything_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = a_person()
    shown = reveal_details(
        subject_id=identity.subject_id,
        fields=["email", "full_name"],
        reason=f"  {REASON} ",
        actor=OFFICER,
        at=clock.now(),
    )
    assert shown == {"email": MAREN["email"], "full_name": MAREN["full_name"]}
    entry = AuditEntry.objects.get(action="accounts.identity.reveal")
    assert (entry.actor_id, entry.object_id, entry.reason) == (OFFICER.id, str(identity.pk), REASON)
    assert entry.changes == [{"field": "revealed", "before": None, "after": ["email", "full_name"]}]
    assert not any(text in json.dumps(entry.changes) for text in MAREN.values())
    # No record, no look: the commit fails, and nothing comes back.
    monkeypatch.setattr(connection, "commit", lambda: (_ for _ in ()).throw(DatabaseError("the server is gone")))
    with pytest.raises(DatabaseError):
        reveal_details(subject_id=identity.subject_id, fields=["email"], reason=REASON, actor=OFFICER, at=clock.now())
    monkeypatch.undo()
    assert AuditEntry.objects.filter(action="accounts.identity.reveal").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_look_joins_no_transaction_that_could_still_be_undone() -> None:
    identity = a_person()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        reveal_details(subject_id=identity.subject_id, fields=["email"], reason=REASON, actor=OFFICER, at=clock.now())


@pytest.mark.parametrize(
    ("fields", "reason", "code"),
    [
        (["email"], "", "REASON_TOO_SHORT"),
        (["email"], "too short", "REASON_TOO_SHORT"),
        (["email"], " " * 20, "REASON_TOO_SHORT"),
        (["email"], "x" * 501, "REASON_TOO_LONG"),
        ([], REASON, "FIELD_UNKNOWN"),
        (["email", "hat"], REASON, "FIELD_UNKNOWN"),
    ],
)
def test_a_careless_look_is_refused(fields: list[str], reason: str, code: str) -> None:
    identity = a_person()
    with pytest.raises(Refusal) as caught:
        reveal_details(subject_id=identity.subject_id, fields=fields, reason=reason, actor=OFFICER, at=clock.now())
    assert caught.value.code == code
    assert not AuditEntry.objects.filter(action="accounts.identity.reveal").exists()


def test_nobodys_subject_is_not_found() -> None:
    with pytest.raises(NotFound):
        reveal_details(subject_id=keep(), fields=["email"], reason=REASON, actor=OFFICER, at=clock.now())


def test_what_is_not_kept_is_empty() -> None:
    identity = a_person()
    keep({"phone": ""}, identity.subject_id)
    shown = reveal_details(
        subject_id=identity.subject_id, fields=["phone"], reason=REASON, actor=OFFICER, at=clock.now()
    )
    assert shown == {"phone": ""}
