"""Reads of the vault: masked for lists, by blind index for a search. In the clear only ``reveal_details`` gives them out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from accounts.domain.masking import DAMAGED, ERASED, mask
from accounts.domain.personal_fields import look_up_form
from accounts.gateways.detail_seal import Place, blind_index, open_detail
from accounts.gateways.key_ring import SealBroken, installed_ring
from accounts.gateways.key_store import installed_keys
from accounts.models import VaultIndex, VaultRecord

log = structlog.get_logger(__name__)

MOST_SUBJECTS = 500
MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class Detail:
    """One opened detail; ``text`` is ``[erased]`` when the subject's key was destroyed, ``[damaged]`` when it does not open."""

    record_version: int
    text: str

    @property
    def is_readable(self) -> bool:
        """Whether the text is the person's own."""
        return self.text not in {ERASED, DAMAGED}


def newest_records(subject_ids: Collection[UUID]) -> list[VaultRecord]:
    """The newest version of each field of these subjects, sealed. One question."""
    return list(
        VaultRecord.objects.filter(subject_id__in=subject_ids)
        .order_by("subject_id", "field", "-record_version")
        .distinct("subject_id", "field")
    )


def open_details(subject_ids: Collection[UUID]) -> dict[UUID, dict[str, Detail]]:
    """Subject -> field -> detail, in the clear: for the operations of this app, which answer for whom they show it to.

    One question to each database. A subject nothing is known of has no fields.
    """
    if len(subject_ids) > MOST_SUBJECTS:
        raise ValueError(f"{len(subject_ids)} subjects at once: at most {MOST_SUBJECTS}")
    opened: dict[UUID, dict[str, Detail]] = {subject_id: {} for subject_id in subject_ids}
    records = newest_records(subject_ids)
    keys = installed_keys().keys_of({record.subject_id for record in records})
    for record in records:
        opened[record.subject_id][record.field] = Detail(record.record_version, _text_of(record, keys))
    return opened


def _text_of(record: VaultRecord, keys: Mapping[UUID, bytes | None]) -> str:
    key = keys.get(record.subject_id)
    if key is None and record.subject_id in keys:
        return ERASED
    try:
        if key is None:
            raise SealBroken("the subject has no data key")
        place = Place(record.subject_id, record.field, record.record_version)
        return open_detail(key, place, bytes(record.nonce), bytes(record.ciphertext))
    except SealBroken as error:
        log.error("vault record does not open", record_id=str(record.pk), field=record.field, error=str(error))
        return DAMAGED


def mask_details(subject_ids: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """Subject -> field -> what may be shown to anybody on the desk: initials, a year, last digits. At most ``MOST_SUBJECTS``.

    Refuses with 503 UNAVAILABLE while the database of keys is away.
    """
    return {
        subject_id: {
            name: mask(name, detail.text) if detail.is_readable else detail.text
            for name, detail in details.items()
            if detail.text
        }
        for subject_id, details in open_details(subject_ids).items()
    }


def find_subjects(field: str, text: str) -> list[UUID]:
    """Whose newest value of ``field`` this is, whatever its case and spaces; at most ``MOST_FOUND``. Opens no detail."""
    looked_up = look_up_form(field, text)
    if looked_up is None:
        return []
    found = VaultIndex.objects.filter(
        field=field, blind_index=blind_index(field, looked_up), index_key_id=installed_ring().index_id
    )
    return list(found.order_by("id").values_list("subject_id", flat=True)[:MOST_FOUND])
