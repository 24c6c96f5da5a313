"""Keep what is known of a person, sealed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.domain.personal_fields import look_up_form, read_details
from accounts.gateways.detail_seal import Place, blind_index, seal_detail
from accounts.gateways.key_ring import installed_ring
from accounts.gateways.key_store import KeyDestroyed, installed_keys
from accounts.models import VaultIndex, VaultRecord
from accounts.queries.details import open_details
from core.domain.refusals import Refusal


def keep_details(*, subject_id: UUID, details: Mapping[str, str], at: datetime) -> list[str]:
    """Keep each detail that differs from what is kept as a further version; answers the names of those, sorted.

    Joins the caller's transaction; whoever changes the same subject at once should hold its identity's row. An empty text takes
    a detail away: what stood before stays sealed in its version. Refuses details that are none (DETAILS_INVALID, by pointer,
    without values), a subject whose key was destroyed (409 SUBJECT_ERASED), two who change one detail at once
    (409 DETAILS_CHANGED), and everything while the database of keys is away (503 UNAVAILABLE): then nothing is written.
    """
    given = read_details(details)
    try:
        key = installed_keys().key_for(subject_id)
    except KeyDestroyed as error:
        raise Refusal("SUBJECT_ERASED", "The details were erased for ever.", status=409) from error
    kept = open_details([subject_id])[subject_id]
    records = []
    for name, text in sorted(given.items()):
        before = kept.get(name)
        if text == (before.text if before else ""):
            continue
        place = Place(subject_id, name, (before.record_version if before else 0) + 1)
        nonce, ciphertext = seal_detail(key, place, text)
        records.append(
            VaultRecord(
                subject_id=subject_id,
                field=name,
                record_version=place.record_version,
                nonce=nonce,
                ciphertext=ciphertext,
                recorded_at=at,
            )
        )
    changed = [record.field for record in records]
    try:
        with transaction.atomic():
            VaultRecord.objects.bulk_create(records)
    except IntegrityError as error:
        raise Refusal("DETAILS_CHANGED", "The details were changed meanwhile. Read them again.", status=409) from error
    _index(subject_id, {name: given[name] for name in changed})
    return changed


def _index(subject_id: UUID, changed: Mapping[str, str]) -> None:
    forms = {name: look_up_form(name, text) for name, text in changed.items()}
    ring = installed_ring()
    rows = [
        VaultIndex(subject_id=subject_id, field=name, index_key_id=ring.index_id, blind_index=blind_index(name, form))
        for name, form in forms.items()
        if form is not None
    ]
    VaultIndex.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["subject_id", "field"],
        update_fields=["index_key_id", "blind_index"],
    )
    gone = [name for name, form in forms.items() if form is None]
    if gone:
        VaultIndex.objects.filter(subject_id=subject_id, field__in=gone).delete()
