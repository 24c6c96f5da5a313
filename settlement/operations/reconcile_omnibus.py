"""Compare one omnibus account with what its custodian says. Compares and records; it never posts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from core.domain.refusals import NotFound
from core.ids import new_id
from core.operations.publish_message import publish_message
from core.operations.record_audit import SYSTEM, record_audit
from settlement.calendar import business_date_of
from settlement.domain.reconciling import Comparison, Difference, OpenBreak, carry_on, compare
from settlement.domain.snapshots import Expected, Snapshot, SnapshotRefused, read_snapshot
from settlement.gateways.custodian import Custodian
from settlement.models import Break, LedgerAccount, ReconciliationRun
from settlement.queries.omnibus_accounts import get_last_compared_run, list_ledger_items

LONGEST_FAILURE = 200


@dataclass(frozen=True, slots=True)
class _Document:
    """What came in: its hash, and either the snapshot in it or why it is not one."""

    sha256: str
    snapshot: Snapshot | None
    failure: str


def reconcile_omnibus(*, omnibus_id: UUID, custodian: Custodian, as_of: datetime, at: datetime) -> UUID:
    """Ask ``custodian`` for its snapshot as of ``as_of``, compare, and write the run with its breaks; answers the run's id.

    A snapshot that is missing or unsound gives a FAILED run that says why and changes no break. Refuses an unknown omnibus
    account with ``NotFound``. The custodian is asked before the transaction begins.
    """
    omnibus = LedgerAccount.objects.select_related("asset").filter(pk=omnibus_id, kind="OMNIBUS").first()
    if omnibus is None:
        raise NotFound("omnibus account")
    document = _fetch(omnibus, custodian, as_of)
    with transaction.atomic(durable=True):
        last = _take_turn(omnibus_id)
        snapshot = document.snapshot
        failure = document.failure
        if (
            snapshot is not None
            and last is not None
            and last.taken_at is not None
            and snapshot.taken_at < last.taken_at
        ):
            failure = f"out_of_sequence: taken before the snapshot of {last.taken_at:%Y-%m-%dT%H:%M:%SZ}"
        if snapshot is None or failure:
            return _fail(omnibus, document.sha256, failure, as_of, at)
        comparison = compare(snapshot, list_ledger_items(omnibus_id=omnibus_id))
        run = _store_run(omnibus, document, snapshot, comparison, at)
        _store_breaks(run, comparison.differences, last, at)
        _tell(omnibus, run, comparison)
    return run.pk


def _fetch(omnibus: LedgerAccount, custodian: Custodian, as_of: datetime) -> _Document:
    try:
        content = custodian.fetch_snapshot(account=omnibus.label, asset=omnibus.asset.code, as_of=as_of)
    except SnapshotRefused as refused:
        return _Document("", None, str(refused))
    except OSError as error:
        return _Document("", None, f"unavailable: {type(error).__name__}")
    digest = sha256(content).hexdigest()
    try:
        expected = Expected(account=omnibus.label, asset=omnibus.asset.code, scale=omnibus.asset.scale, as_of=as_of)
        return _Document(digest, read_snapshot(content, expected), "")
    except SnapshotRefused as refused:
        return _Document(digest, None, str(refused))


def _take_turn(omnibus_id: UUID) -> ReconciliationRun | None:
    """The newest run that compared, its row locked: runs of one account take turns, each carries on from the one before it."""
    last = get_last_compared_run(omnibus_id=omnibus_id, lock=True)
    while last is not None:
        newest = get_last_compared_run(omnibus_id=omnibus_id, lock=True)
        if newest == last:
            break
        last = newest  # Another run was written while this one waited.
    return last


def _version(omnibus: LedgerAccount, run: ReconciliationRun) -> int:
    runs = ReconciliationRun.objects.filter(omnibus=omnibus, business_date=run.business_date)
    return (runs.aggregate(last=Max("run_version"))["last"] or 0) + 1


def _fail(omnibus: LedgerAccount, digest: str, failure: str, as_of: datetime, at: datetime) -> UUID:
    run = ReconciliationRun(
        id=new_id(),
        omnibus=omnibus,
        business_date=business_date_of(as_of),
        status=ReconciliationRun.Status.FAILED,
        snapshot_sha256=digest,
        failure=failure[:LONGEST_FAILURE],
        run_at=at,
    )
    run.run_version = _version(omnibus, run)
    run.save(force_insert=True)
    return run.pk


def _store_run(
    omnibus: LedgerAccount, document: _Document, snapshot: Snapshot, comparison: Comparison, at: datetime
) -> ReconciliationRun:
    is_balanced = not comparison.differences
    run = ReconciliationRun(
        id=new_id(),
        omnibus=omnibus,
        business_date=business_date_of(snapshot.taken_at),
        status=ReconciliationRun.Status.BALANCED if is_balanced else ReconciliationRun.Status.OPEN,
        ledger_balance=comparison.ledger_balance,
        outside_balance=comparison.outside_balance,
        difference=comparison.difference,
        snapshot_id=f"{snapshot.source}:{snapshot.account}:{snapshot.asset}"[:64],
        snapshot_sha256=document.sha256,
        taken_at=snapshot.taken_at,
        run_at=at,
    )
    run.run_version = _version(omnibus, run)
    run.save(force_insert=True)
    return run


def _store_breaks(
    run: ReconciliationRun, differences: Iterable[Difference], last: ReconciliationRun | None, at: datetime
) -> None:
    found = list(differences)
    before = [
        OpenBreak(item.pk, item.outside_reference, item.opened_on)
        for item in Break.objects.filter(run=last, status=Break.Status.OPEN)
    ]
    carried = carry_on(found, before)
    stored = Break.objects.bulk_create(_break(run, difference, carried) for difference in found)
    going_on = {item.id for item in carried.values()}
    Break.objects.filter(pk__in=going_on).update(status=Break.Status.CARRIED)
    gone = [item.id for item in before if item.id not in going_on]
    Break.objects.filter(pk__in=gone).update(status=Break.Status.CLOSED, closed_at=at)
    for opened in stored:
        if opened.carried_from_id is None:
            record_audit(
                actor=SYSTEM,
                action="settlement.break.open",
                object_type="settlement.break",
                object_id=opened.pk,
                at=at,
                changes=[
                    {"field": "kind", "before": None, "after": opened.kind},
                    {"field": "amount", "before": None, "after": f"{opened.amount:f}"},
                    {"field": "outside_reference", "before": None, "after": opened.outside_reference},
                ],
                reason=f"Run {run.pk} found it.",
            )
    for item in before:
        if item.id not in going_on:
            record_audit(
                actor=SYSTEM,
                action="settlement.break.close",
                object_type="settlement.break",
                object_id=item.id,
                at=at,
                changes=[{"field": "status", "before": "OPEN", "after": "CLOSED"}],
                reason=f"Run {run.pk} no longer finds it.",
            )


def _break(run: ReconciliationRun, difference: Difference, carried: Mapping[str, OpenBreak]) -> Break:
    before = carried.get(difference.reference)
    return Break(
        run=run,
        kind=difference.kind,
        amount=difference.amount,
        outside_reference=difference.reference,
        deposit_id=difference.deposit_id,
        detail=difference.detail,
        opened_on=run.business_date if before is None else before.opened_on,
        carried_from_id=None if before is None else before.id,
    )


def _tell(omnibus: LedgerAccount, run: ReconciliationRun, comparison: Comparison) -> None:
    publish_message(
        topic="settlement.reconciliation.compared",
        channel="SETTLEMENT",
        entity_id=None,
        subject_type="settlement.reconciliation_run",
        subject_id=run.pk,
        payload={
            "omnibus": omnibus.code,
            "status": run.status,
            "breaks": len(comparison.differences),
            "difference": format(comparison.difference, "f"),
        },
    )
