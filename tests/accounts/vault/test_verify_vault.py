"""`manage.py verify_vault`: after a restore, whether every detail still opens."""

from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.gateways.key_store import installed_keys
from accounts.operations.keep_details import keep_details
from accounts.queries import vault_check
from core import clock

pytestmark = pytest.mark.django_db
DETAILS = {"full_name": "Maren Lindqvist", "date_of_birth": "1979-03-14", "email": "maren@mail.example"}


def people(number: int) -> list[UUID]:
    subjects = [uuid4() for _ in range(number)]
    for subject_id in subjects:
        keep_details(subject_id=subject_id, details=DETAILS, at=clock.now())
    return subjects


def verify() -> tuple[int, list[str]]:
    out, status = StringIO(), 0
    try:
        call_command("verify_vault", stdout=out)
    except SystemExit as ended:
        status = int(str(ended.code))
    assert "Lindqvist" not in out.getvalue()
    return status, out.getvalue().splitlines()


def test_a_whole_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_check, "SUBJECTS_AT_A_TIME", 3)
    subjects = people(8)
    keep_details(subject_id=subjects[0], details={"email": ""}, at=clock.now())
    installed_keys().destroy(subjects[1], at=clock.now())
    assert verify() == (0, ["8 subjects, 24 details, 3 erased, 0 wrong"])


def test_an_empty_vault() -> None:
    assert verify() == (0, ["0 subjects, 0 details, 0 erased, 0 wrong"])


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE accounts_vaultrecord SET subject_id = gen_random_uuid() WHERE field = 'email'",
            "email: does not open",
        ),
        (
            "UPDATE accounts_vaultindex SET blind_index = sha256('x') WHERE field = 'email'",
            "email: the index is of another",
        ),
        ("UPDATE accounts_vaultindex SET index_key_id = 'old' WHERE field = 'email'", "email: the index is of another"),
        ("DELETE FROM accounts_vaultindex WHERE field = 'email'", "email: the index is of another"),
        ("UPDATE accounts_vaultindex SET field = 'phone' WHERE field = 'email'", "phone: indexed without a detail"),
    ],
)
def test_what_is_wrong_is_named_by_subject_and_field(statement: str, says: str) -> None:
    people(1)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_vaultrecord DISABLE TRIGGER USER")
        cursor.execute(statement)
    status, lines = verify()
    assert status == 1
    assert any(says in line for line in lines)


@pytest.mark.usefixtures("key_database_away")
def test_without_the_keys_nothing_is_called_whole() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_vaultrecord (id, subject_id, field, record_version, nonce, ciphertext, recorded_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), 'email', 1, '\\x000102030405060708090a0b', sha256('x'), now())"
        )
    with pytest.raises(CommandError, match="UNAVAILABLE") as caught:
        verify()
    assert caught.value.returncode == 2
