"""What the database says of the vault by itself, around Python."""

from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from tests.accounts.vault.telling import keep

pytestmark = pytest.mark.django_db

# --- around Python


def refusing(statement: str, subject_id: UUID) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"subject": subject_id})
    return caught.value.__cause__.diag.constraint_name


def again(**changes: str) -> str:
    values = {
        "id": "gen_random_uuid()", "subject_id": "subject_id", "field": "field", "record_version": "record_version + 1",
        "nonce": "'\\x000102030405060708090a0b'::bytea", "ciphertext": "ciphertext", "recorded_at": "now()",
    } | changes  # fmt: skip
    return (
        f"INSERT INTO accounts_vaultrecord ({', '.join(values)}) SELECT {', '.join(values.values())}"
        " FROM accounts_vaultrecord WHERE field = 'full_name' AND subject_id = %(subject)s"
    )


@pytest.mark.parametrize(
    ("fact", "statement"),
    [
        ("vault_version_is_gapless", again(record_version="record_version")),
        ("vault_version_is_gapless", again(record_version="record_version + 2")),
        ("vault_nonce_is_used_once", again(nonce="nonce")),
        ("vault_nonce_is_96_bits", again(nonce="'\\x00'::bytea")),
        ("vault_ciphertext_has_its_tag", again(ciphertext="'\\x00'::bytea")),
        ("vault_field_is_known", again(field="'hat'", record_version="1")),
        ("vault_record_is_kept", "UPDATE accounts_vaultrecord SET recorded_at = now() WHERE subject_id = %(subject)s"),
        ("vault_record_is_kept", "DELETE FROM accounts_vaultrecord WHERE subject_id = %(subject)s"),
        ("vault_record_is_kept_whole", "TRUNCATE accounts_vaultrecord"),
        ("blind_index_is_256_bits", "UPDATE accounts_vaultindex SET blind_index = '\\x00'"),
        ("indexed_field_is_known", "UPDATE accounts_vaultindex SET field = 'hat'"),
        ("subject_is_indexed_once_by_a_field", "UPDATE accounts_vaultindex SET field = 'email'"),
    ],
)
def test_the_database_refuses_by_itself(fact: str, statement: str) -> None:
    subject_id = keep()
    assert refusing(statement, subject_id) == fact


def test_a_version_is_used_once_even_with_the_trigger_away() -> None:
    subject_id = keep()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_vaultrecord DISABLE TRIGGER USER")
    assert refusing(again(record_version="record_version"), subject_id) == "vault_version_is_used_once"
    assert refusing(again(record_version="0"), subject_id) == "vault_version_counts_from_one"
