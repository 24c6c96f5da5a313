"""A house of an older version has persons' names in its entities: they move to the vault, and the rule holds from then on."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import Entity, Identity
from accounts.queries.details import find_subjects, open_details
from core.models import AuditEntry
from tests.people import a_client

FACT = "person_entity_has_no_name_in_clear"
NAME = "Maren Lindqvist"


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def old_house(transactional_db: None) -> list[Entity]:
    """Three persons by name, as the rule was not there yet; one of them has closed."""
    people = [a_client().entity_id for _ in range(3)]
    run(f"ALTER TABLE accounts_entity DROP CONSTRAINT {FACT}")
    for number, entity_id in enumerate(people):
        run("UPDATE accounts_entity SET kind = 'PERSON', legal_name = %s WHERE id = %s", f"{NAME} {number}", entity_id)
    run("UPDATE accounts_entity SET status = 'CLOSED' WHERE id = %s", people[2])
    run(f"ALTER TABLE accounts_entity ADD CONSTRAINT {FACT} CHECK (kind <> 'PERSON' OR legal_name = '') NOT VALID")
    return [Entity.objects.get(pk=entity_id) for entity_id in people]


def test_names_move_and_the_rule_holds(old_house: list[Entity]) -> None:
    call_command("move_names_to_vault", verbosity=0)
    for number, before in enumerate(old_house):
        entity = Entity.objects.get(pk=before.pk)
        assert (entity.legal_name, entity.shown_name) == ("", before.reference)
        identity = entity.own_identity
        assert identity is not None
        assert identity.status == "PENDING"
        assert open_details([identity.subject_id])[identity.subject_id]["full_name"].text == f"{NAME} {number}"
        assert find_subjects("full_name", f"{NAME} {number}") == [identity.subject_id]
    with connection.cursor() as cursor:
        cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = %s", [FACT])
        assert cursor.fetchone() == (True,)
    with pytest.raises(IntegrityError, match=FACT), transaction.atomic():
        run("UPDATE accounts_entity SET legal_name = 'A name' WHERE id = %s", old_house[0].pk)
    assert not any(
        NAME in str(entry.changes) for entry in AuditEntry.objects.filter(action="accounts.entity.move_name")
    )


def test_a_second_run_moves_nothing(old_house: list[Entity]) -> None:
    call_command("move_names_to_vault", verbosity=0)
    before = (Identity.objects.count(), AuditEntry.objects.count())
    call_command("move_names_to_vault", verbosity=0)
    assert (Identity.objects.count(), AuditEntry.objects.count()) == before
