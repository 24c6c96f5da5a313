"""Look at every detail in the vault, whether it still opens: after a restore, and as a rehearsal of one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from accounts.domain.masking import DAMAGED, ERASED
from accounts.domain.personal_fields import look_up_form
from accounts.gateways.detail_seal import blind_index
from accounts.gateways.key_ring import installed_ring
from accounts.models import VaultIndex, VaultRecord
from accounts.queries.details import Detail, open_details

SUBJECTS_AT_A_TIME = 500
MOST_NAMED = 20


@dataclass(slots=True)
class VaultVerdict:
    """How many subjects and newest details there are, how many of these are erased, and which are wrong.

    At most twenty are named, by subject and field, never by value.
    """

    subjects: int = 0
    details: int = 0
    erased: int = 0
    wrong: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        """Count something wrong."""
        self.wrong += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(what)


def check_vault() -> VaultVerdict:
    """Open the newest version of every detail and compare the index with it. Writes nothing; shows nothing.

    Refuses with 503 UNAVAILABLE while the database of keys is away.
    """
    verdict = VaultVerdict()
    for subject_ids in _subjects():
        opened = open_details(subject_ids)
        index = {
            (row.subject_id, row.field): (row.index_key_id, bytes(row.blind_index))
            for row in VaultIndex.objects.filter(subject_id__in=subject_ids)
        }
        for subject_id in subject_ids:
            verdict.subjects += 1
            for name, detail in opened[subject_id].items():
                _look_at(verdict, subject_id, name, detail, index.pop((subject_id, name), None))
        for subject_id, name in index:
            verdict.add(f"{subject_id} {name}: indexed without a detail")
    return verdict


def _look_at(
    verdict: VaultVerdict, subject_id: UUID, name: str, detail: Detail, indexed: tuple[str, bytes] | None
) -> None:
    verdict.details += 1
    if detail.text == ERASED:
        verdict.erased += 1
        return
    if detail.text == DAMAGED:
        verdict.add(f"{subject_id} {name}: does not open")
        return
    form = look_up_form(name, detail.text)
    wanted = (installed_ring().index_id, blind_index(name, form)) if form else None
    if indexed != wanted:
        verdict.add(f"{subject_id} {name}: the index is of another value or key")


def _subjects() -> Iterator[list[UUID]]:
    known = VaultRecord.objects.order_by("subject_id").distinct("subject_id").values_list("subject_id", flat=True)
    batch = list(known[:SUBJECTS_AT_A_TIME])
    while batch:
        yield batch
        batch = list(known.filter(subject_id__gt=batch[-1])[:SUBJECTS_AT_A_TIME])
