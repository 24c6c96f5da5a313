"""Reconcile every omnibus account: now, and first as of the last cut-off where no run has seen that day's end."""

from datetime import datetime, timedelta
from uuid import UUID

from settlement.calendar import business_date_of, cut_off_at
from settlement.gateways.custodian import Custodian
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from settlement.queries.omnibus_accounts import get_last_compared_run, list_omnibus_accounts

# The last instant that still counts for a business date.
MOMENT = timedelta(microseconds=1)


def reconcile_all(*, custodian: Custodian, at: datetime) -> list[UUID]:
    """One run, or two after a cut-off, for each omnibus account, each in a transaction of its own; answers their ids.

    The first sweep after midnight UTC makes the day's closing run: what beat missed is found by what is missing.
    """
    last_cut_off = cut_off_at(business_date_of(at) - timedelta(days=1)) - MOMENT
    runs = []
    for omnibus_id in list_omnibus_accounts():
        last = get_last_compared_run(omnibus_id=omnibus_id)
        if last is not None and last.taken_at is not None and last.taken_at < last_cut_off:
            runs.append(reconcile_omnibus(omnibus_id=omnibus_id, custodian=custodian, as_of=last_cut_off, at=at))
        runs.append(reconcile_omnibus(omnibus_id=omnibus_id, custodian=custodian, as_of=at, at=at))
    return runs
