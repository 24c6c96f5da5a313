"""A detail opens in its own place, with its own key, unchanged; else it is damaged, and the rest stays."""

import os
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.domain.masking import DAMAGED
from accounts.domain.personal_fields import FIELDS
from accounts.gateways.detail_seal import Place, open_detail, seal_detail
from accounts.gateways.key_ring import SealBroken
from accounts.operations.reveal_details import reveal_details
from accounts.queries.details import mask_details
from core import clock
from core.domain.refusals import Refusal
from tests.accounts.vault.telling import MASKED, OFFICER, REASON, a_person, keep

pytestmark = pytest.mark.django_db

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
