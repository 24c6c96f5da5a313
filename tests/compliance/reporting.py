"""A day of trading, and the way from a wish to the files of a report, for the tests."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from compliance.contracts import ReportRequest
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportFile, ReportRun
from compliance.operations.request_report import request_report
from compliance.operations.write_report import write_report
from core.clock import now
from core.operations.record_audit import Actor
from core.operations.seal_records import seal_records
from settlement.calendar import business_date_of
from tests.world import Client, World

PERSON = Actor(kind="PERSON", id=UUID("01900000-0000-7000-8000-00000000000a"))


@dataclass(slots=True)
class Day:
    """Two clients who trade; matching happens at the real present, so the day is today."""

    world: World
    alder: Client
    birch: Client

    @property
    def date(self) -> date:
        return business_date_of(now())


def trading_day() -> Day:
    """Deposits, a resting order, a full fill, a partial fill, a cancel, a market order and a refused cancel."""
    world = World()
    world.at = now() - timedelta(minutes=1)
    alder = world.client("Alder", USD="100000.00")
    birch = world.client("Birch", BTC="3")
    world.set_reference("60000.00")
    world.place(birch, "B-1", "SELL", "1.5", "60000.00")
    world.place(alder, "A-1", "BUY", "1.0", "60100.00")
    world.match()
    world.place(alder, "A-2", "BUY", "0.3", "59990.50")
    world.place(alder, "A-3", "BUY", "0.1", "59000.00")
    world.match()
    world.place(birch, "B-2", "SELL", "0.25", None)
    world.match()
    cancelled = world.order(alder, "A-3").pk
    world.cancel(cancelled)
    world.match()
    return Day(world, alder, birch)


def seal() -> None:
    """Seal everything that waits."""
    while seal_records(at=now()):
        pass


def ask(code: str, *, at: datetime | None = None, **options: Any) -> UUID:
    """Ask for a report as the firm; `parameters` as texts."""
    return request_report(asked=ReportRequest(code=code, **options), actor=PERSON, at=at or now()).run_id


def trail(day: Day, **options: Any) -> UUID:
    """The order audit trail of today."""
    chosen = {"from_date": str(day.date), "to_date": str(day.date)} | options.pop("chosen", {})
    return ask("ORDER_AUDIT_TRAIL", parameters=chosen, **options)


def balances(day: Day, **options: Any) -> UUID:
    """The balances of today, as of now."""
    chosen = {"business_date": str(day.date)} | options.pop("chosen", {})
    return ask("PROFILE_BALANCES", parameters=chosen, **options)


def write(run_id: UUID, store: ReportStore, keys: ManifestKeys, clock: Callable[[], datetime] = now) -> ReportRun:
    """Write a run that is expected to come to an end."""
    assert write_report(run_id=run_id, store=store, keys=keys, clock=clock)
    return ReportRun.objects.get(pk=run_id)


def content(run: ReportRun, store: ReportStore, form: str = "CSV", part: int = 1) -> bytes:
    """The bytes of a file."""
    file = ReportFile.objects.get(run=run, format=form, part=part)
    return b"".join(store.read_chunks(file.sha256))


def rows(run: ReportRun, store: ReportStore) -> list[dict[str, str]]:
    """The rows of the exact CSV."""
    return list(csv.DictReader(io.StringIO(content(run, store).decode(), newline="")))


def lines(run: ReportRun, store: ReportStore) -> list[dict[str, Any]]:
    """The rows of the JSON Lines file."""
    return [json.loads(line) for line in content(run, store, "JSON_LINES").splitlines()]


def hashes(run: ReportRun) -> list[tuple[str, str]]:
    """Name and hash of every file but the manifest, which says when it was made."""
    files = ReportFile.objects.filter(run=run).exclude(format="MANIFEST").order_by("name")
    return list(files.values_list("name", "sha256"))


def some_id() -> UUID:
    """An id of nobody."""
    return uuid4()


def utc(text: str) -> datetime:
    """An instant from `YYYY-MM-DDThh:mm`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
