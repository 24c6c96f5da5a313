"""Details of persons: sealed when they come, masked in lists, found without being read, gone with their key."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection

from accounts.contracts import IdentityTerms
from accounts.domain.masking import ERASED
from accounts.gateways.detail_seal import personal_hash
from accounts.gateways.key_store import installed_keys
from accounts.models import Identity, VaultIndex, VaultRecord
from accounts.operations.create_identity import create_identity
from accounts.operations.keep_details import keep_details
from accounts.operations.reveal_details import reveal_details
from accounts.queries.details import find_subjects, mask_details
from core import clock
from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM
from tests.accounts.vault.telling import MAREN, MASKED, OFFICER, REASON, a_person, keep, opened
from tests.people import a_client

pytestmark = pytest.mark.django_db

# --- kept and shown


def test_what_is_kept_comes_back_and_is_nowhere_in_the_clear() -> None:
    subject_id = keep()
    assert opened(subject_id) == MAREN
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_vaultrecord::text FROM accounts_vaultrecord")
        rows = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT accounts_vaultindex::text FROM accounts_vaultindex")
        rows += " ".join(row[0] for row in cursor.fetchall())
    for text in MAREN.values():
        assert text not in rows
        assert text.encode().hex() not in rows


def test_lists_show_masks() -> None:
    subject_id = keep()
    assert mask_details([subject_id]) == {subject_id: MASKED}


def test_a_subject_of_whom_nothing_is_known_has_no_details() -> None:
    subject_id = uuid4()
    assert mask_details([subject_id]) == {subject_id: {}}


def test_a_hundred_subjects_are_one_question_to_each_database(django_assert_num_queries, monkeypatch) -> None:
    subjects = [keep({"full_name": f"Person {number}"}) for number in range(100)]
    installed_keys().close()
    asked, run = [], installed_keys()._run
    monkeypatch.setattr(
        installed_keys(), "_run", lambda *words, **options: asked.append(words) or run(*words, **options)
    )
    with django_assert_num_queries(1):
        masked = mask_details(subjects)
    assert len(asked) == 1
    assert {found["full_name"][:2] for found in masked.values()} == {"P."}


def test_more_subjects_than_a_page_has_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 500"):
        mask_details([uuid4() for _ in range(501)])


def test_a_change_is_a_further_version_and_the_same_text_is_none() -> None:
    subject_id = keep()
    before = VaultRecord.objects.count()
    changed = keep_details(
        subject_id=subject_id, details={"full_name": " Maren Berg ", "email": MAREN["email"]}, at=clock.now()
    )
    assert changed == ["full_name"]
    assert VaultRecord.objects.count() == before + 1
    assert opened(subject_id)["full_name"] == "Maren Berg"
    versions = VaultRecord.objects.filter(subject_id=subject_id, field="full_name").order_by("record_version")
    assert list(versions.values_list("record_version", flat=True)) == [1, 2]


def test_a_detail_is_taken_away_and_may_come_again() -> None:
    subject_id = keep()
    keep({"phone": ""}, subject_id)
    assert "phone" not in mask_details([subject_id])[subject_id]
    assert find_subjects("phone", MAREN["phone"]) == []
    keep({"phone": MAREN["phone"]}, subject_id)
    assert opened(subject_id)["phone"] == MAREN["phone"]
    assert find_subjects("phone", MAREN["phone"]) == [subject_id]


@pytest.mark.parametrize(
    ("details", "pointer", "code"),
    [
        ({"shoe_size": "42"}, "/shoe_size", "FIELD_UNKNOWN"),
        ({"date_of_birth": "14.3.1979"}, "/date_of_birth", "VALUE_INVALID"),
        ({"date_of_birth": "1979-02-30"}, "/date_of_birth", "VALUE_INVALID"),
        ({"date_of_birth": "1749-08-28"}, "/date_of_birth", "VALUE_INVALID"),
        ({"email": "maren at mail"}, "/email", "VALUE_INVALID"),
        ({"phone": "call me"}, "/phone", "VALUE_INVALID"),
        ({"national_id": "---"}, "/national_id", "VALUE_INVALID"),
        ({"full_name": "M" * 201}, "/full_name", "VALUE_INVALID"),
        ({"full_name": "Maren\x00Lindqvist"}, "/full_name", "VALUE_INVALID"),
    ],
)
def test_what_is_no_detail_is_refused_by_pointer_and_without_the_value(details, pointer, code) -> None:
    with pytest.raises(Refusal) as caught:
        keep(details)
    assert caught.value.code == "DETAILS_INVALID"
    assert [(error.pointer, error.code) for error in caught.value.errors] == [(pointer, code)]
    told = f"{caught.value} {caught.value.meta} {caught.value.errors}"
    assert not any(value in told for value in details.values())
    assert VaultRecord.objects.count() == 0


# --- found


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("full_name", "maren  LINDQVIST "),
        ("full_name", "Ｍａｒｅｎ Lindqvist"),
        ("email", "maren.lindqvist@MAIL.example"),
        ("phone", "0046 (70) 000-2041"),
        ("national_id", "19790314 0000"),
        ("tax_id", "se-19790314"),
    ],
)
def test_a_person_is_found_by_a_detail_however_it_is_written(field: str, asked: str) -> None:
    subject_id = keep()
    keep({"full_name": "Takumi Watanabe", "email": "t@mail.example", "phone": "+81 90 0000 2042"})
    assert find_subjects(field, asked) == [subject_id]


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("full_name", "Lindqvist"),
        ("email", ""),
        ("date_of_birth", "1979-03-14"),
        ("address", MAREN["address"]),
        ("hat", "x"),
    ],
)
def test_by_a_part_or_by_what_is_not_indexed_nobody_is_found(field: str, asked: str) -> None:
    keep()
    assert find_subjects(field, asked) == []


def test_only_the_newest_value_finds() -> None:
    subject_id = keep()
    keep({"full_name": "Maren Berg"}, subject_id)
    assert find_subjects("full_name", "maren berg") == [subject_id]
    assert find_subjects("full_name", "Maren Lindqvist") == []


def test_two_fields_with_one_value_have_two_indexes() -> None:
    keep({"national_id": "12345678", "tax_id": "12345678"})
    assert len(set(map(bytes, VaultIndex.objects.values_list("blind_index", flat=True)))) == 2


def test_the_hash_for_requests_is_no_index() -> None:
    subject_id = keep()
    index = VaultIndex.objects.get(subject_id=subject_id, field="full_name")
    assert personal_hash("maren lindqvist") != bytes(index.blind_index).hex()


# --- erased, and away


def test_a_destroyed_key_leaves_erased_and_breaks_nothing_else() -> None:
    identity, other = a_person(), keep()
    subject_id = identity.subject_id
    installed_keys().destroy(subject_id, at=clock.now())
    assert set(mask_details([subject_id, other])[subject_id].values()) == {ERASED}
    assert mask_details([subject_id, other])[other] == MASKED
    shown = reveal_details(subject_id=subject_id, fields=["full_name"], reason=REASON, actor=OFFICER, at=clock.now())
    assert shown == {"full_name": ERASED}
    with pytest.raises(Refusal) as caught:
        keep({"full_name": "Somebody Else"}, subject_id)
    assert (caught.value.code, caught.value.status) == ("SUBJECT_ERASED", 409)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("key_database_away")
def test_without_the_keys_nothing_is_half_written() -> None:
    client = a_client()
    before = (AuditEntry.objects.count(), Identity.objects.count())
    with pytest.raises(Refusal) as caught:
        create_identity(
            entity_id=client.entity_id,
            terms=IdentityTerms(reference="person", kind="PERSON", country="SE", details=MAREN),
            actor=SYSTEM,
            at=clock.now(),
        )
    assert (caught.value.code, caught.value.status) == ("UNAVAILABLE", 503)
    assert (AuditEntry.objects.count(), Identity.objects.count()) == before
    assert VaultRecord.objects.count() == VaultIndex.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_without_the_keys_lists_and_looks_say_so_and_a_search_still_finds(request) -> None:
    identity = a_person()
    request.getfixturevalue("key_database_away")
    asks: list[Callable[[], object]] = [
        lambda: mask_details([identity.subject_id]),
        lambda: reveal_details(
            subject_id=identity.subject_id, fields=["email"], reason=REASON, actor=OFFICER, at=clock.now()
        ),
    ]
    for ask in asks:
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.value.code == "UNAVAILABLE"
    assert not AuditEntry.objects.filter(action="accounts.identity.reveal").exists()
    assert find_subjects("email", MAREN["email"]) == [identity.subject_id]


# --- at once


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_detail_at_once_make_one_version_after_the_other() -> None:
    subject_id = keep()

    def change(number: int) -> str:
        try:
            keep({"full_name": f"Maren {number}"}, subject_id)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "kept"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(change, range(24)))
    assert set(answers) <= {"kept", "DETAILS_CHANGED"}
    versions = VaultRecord.objects.filter(subject_id=subject_id, field="full_name").order_by("record_version")
    assert list(versions.values_list("record_version", flat=True)) == list(range(1, answers.count("kept") + 2))
    assert opened(subject_id)["full_name"].startswith("Maren ")


IN_ANOTHER_PROCESS = """
import sys, django
django.setup()
from uuid import UUID
from django.conf import settings
from accounts.operations.keep_details import keep_details
from accounts.queries.details import open_details
from core import clock
subject_id = UUID(sys.argv[1])
keep_details(subject_id=subject_id, details={"email": "from@another.example"}, at=clock.now())
print(open_details([subject_id])[subject_id]["full_name"].text)
"""


@pytest.mark.django_db(transaction=True)
def test_another_process_opens_what_this_one_sealed_and_the_other_way_round() -> None:
    subject_id = keep()
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + django_settings.DATABASES["default"]["NAME"]
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    said = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(subject_id)],
        env=environment, cwd=Path(__file__).resolve().parents[3], capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert said.stdout.strip() == MAREN["full_name"], said.stderr
    assert opened(subject_id)["email"] == "from@another.example"
