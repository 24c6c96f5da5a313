"""Details of persons: sealed when they come, masked in lists, found without being read, shown for a reason on record."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.contracts import IdentityTerms
from accounts.domain.masking import DAMAGED, ERASED
from accounts.domain.personal_fields import FIELDS
from accounts.gateways.detail_seal import Place, open_detail, personal_hash, seal_detail
from accounts.gateways.key_ring import SealBroken
from accounts.gateways.key_store import installed_keys
from accounts.models import Identity, VaultIndex, VaultRecord
from accounts.operations.create_identity import create_identity
from accounts.operations.keep_details import keep_details
from accounts.operations.reveal_details import reveal_details
from accounts.queries.details import find_subjects, mask_details, open_details
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor
from tests.identities import an_identity
from tests.people import a_client

pytestmark = pytest.mark.django_db

MAREN = {
    "full_name": "Maren Lindqvist",
    "date_of_birth": "1979-03-14",
    "address": "Kvarngatan 8\n118 47 Stockholm",
    "national_id": "19790314-0000",
    "email": "Maren.Lindqvist@mail.example",
    "phone": "+46 70 000 20 41",
    "tax_id": "SE 19790314",
}
MASKED = {
    "full_name": "M. L.",
    "date_of_birth": "1979-••-••",
    "address": "•••",
    "national_id": "•••0000",
    "email": "M•••@•••.example",
    "phone": "•••2041",
    "tax_id": "•••0314",
}
OFFICER = Actor("PERSON", uuid4(), request_id="req-1")
REASON = "Call back about the wire of Monday"


def keep(details: dict[str, str] | None = None, subject_id: UUID | None = None) -> UUID:
    subject_id = subject_id or uuid4()
    keep_details(subject_id=subject_id, details=MAREN if details is None else details, at=clock.now())
    return subject_id


def a_person() -> Identity:
    identity = an_identity(a_client().entity_id, at=clock.now(), kind="PERSON")
    keep(subject_id=identity.subject_id)
    return identity


def opened(subject_id: UUID) -> dict[str, str]:
    return {name: detail.text for name, detail in open_details([subject_id])[subject_id].items()}


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


# --- seals


@given(text=st.text(max_size=500), field=st.sampled_from(sorted(FIELDS)), version=st.integers(1, 1_000))
@settings(max_examples=60, deadline=None)
def test_every_text_comes_back_from_its_own_place_and_no_other(text: str, field: str, version: int) -> None:
    key, subject_id = os.urandom(32), uuid4()
    place = Place(subject_id, field, version)
    nonce, sealed = seal_detail(key, place, text)
    assert open_detail(key, place, nonce, sealed) == text
    elsewhere = [
        Place(uuid4(), field, version),
        Place(subject_id, "address" if field != "address" else "email", version),
        Place(subject_id, field, version + 1),
    ]
    for other in elsewhere:
        with pytest.raises(SealBroken):
            open_detail(key, other, nonce, sealed)
    with pytest.raises(SealBroken):
        open_detail(os.urandom(32), place, nonce, sealed)
    for part in (nonce[:-1] + bytes([nonce[-1] ^ 1]), nonce[1:]):
        with pytest.raises(SealBroken):
            open_detail(key, place, part, sealed)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_of_a_ciphertext_opens(data) -> None:
    key, place = os.urandom(32), Place(uuid4(), "full_name", 1)
    nonce, sealed = seal_detail(key, place, data.draw(st.text(max_size=100)))
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:at] + bytes([sealed[at] ^ data.draw(st.integers(1, 255))]) + sealed[at + 1 :]
    with pytest.raises(SealBroken):
        open_detail(key, place, nonce, changed)


CHANGES: dict[str, str] = {
    "another subject's row": "nonce = o.nonce, ciphertext = o.ciphertext FROM accounts_vaultrecord o"
    " WHERE v.field = 'full_name' AND o.field = 'full_name' AND v.subject_id = %(mine)s AND o.subject_id = %(other)s",
    "another field's row": "nonce = o.nonce, ciphertext = o.ciphertext FROM accounts_vaultrecord o"
    " WHERE v.field = 'full_name' AND o.field = 'email' AND v.subject_id = %(mine)s AND o.subject_id = %(mine)s",
    "another version's row": "nonce = o.nonce, ciphertext = o.ciphertext FROM accounts_vaultrecord o"
    " WHERE v.field = 'full_name' AND v.record_version = 2 AND o.field = 'full_name' AND o.record_version = 1"
    " AND v.subject_id = %(mine)s AND o.subject_id = %(mine)s",
    "a changed byte": "ciphertext = set_byte(ciphertext, 0, 255 - get_byte(ciphertext, 0))"
    " WHERE field = 'full_name' AND record_version = 2 AND subject_id = %(mine)s",
    "a cut off tag": "ciphertext = substring(ciphertext FROM 1 FOR 16)"
    " WHERE field = 'full_name' AND record_version = 2 AND subject_id = %(mine)s",
    "another nonce": "nonce = '\\x000102030405060708090a0b'"
    " WHERE field = 'full_name' AND record_version = 2 AND subject_id = %(mine)s",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_row_that_somebody_changed_around_everything_is_damaged_and_the_rest_stays(change: str) -> None:
    identity, other = a_person(), keep()
    mine = identity.subject_id
    keep({"full_name": "Maren Berg"}, mine)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_vaultrecord DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE accounts_vaultrecord DROP CONSTRAINT vault_nonce_is_used_once")
        cursor.execute(f"UPDATE accounts_vaultrecord v SET {change}", {"mine": mine, "other": other})
        assert cursor.rowcount
    masked = mask_details([mine, other])
    assert masked[mine]["full_name"] == DAMAGED
    assert masked[mine]["email"] == MASKED["email"]
    assert masked[other] == MASKED
    with pytest.raises(Refusal) as caught:
        reveal_details(subject_id=mine, fields=["full_name"], reason=REASON, actor=OFFICER, at=clock.now())
    assert (caught.value.code, caught.value.meta) == ("DETAILS_DAMAGED", {"fields": ["full_name"]})


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
