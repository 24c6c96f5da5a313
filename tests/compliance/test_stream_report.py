"""A streamed report is the file of its run, to the byte, and what does not fit a column ends it."""

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportRun
from compliance.operations.make_files import query_values
from compliance.operations.stream_report import CellBroken, stream_report
from compliance.operations.verify_report import verify_report
from compliance.queries.catalogue import get_report
from compliance.queries.report_rows import open_snapshot
from core.clock import now
from core.contracts import Format, ReportDefinition
from tests.compliance.reporting import PERSON, ask, content, rows, seal, trading_day, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(store: ReportStore, keys: ManifestKeys) -> ReportRun:
    """A general ledger with texts that are hard to write."""
    day = trading_day()
    for note in ('say "hi", twice', "a line\nand another", "", "Müller; 100 %"):
        day.world.deposit(day.alder, "USD", "1.25")
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "UPDATE settlement_entry SET narrative = %s WHERE id = (SELECT max(id::text)::uuid FROM settlement_entry)",
                [note],
            )
            cursor.execute("SET session_replication_role = origin")
    seal()
    wish = ask("GENERAL_LEDGER", parameters={"from_date": str(day.date), "to_date": str(day.date)})
    return write(wish, store, keys)


def stream(run: ReportRun, form: Format, definition: ReportDefinition | None = None) -> tuple[int, bytes]:
    made = io.BytesIO()
    report = definition or get_report("GENERAL_LEDGER").definition
    with open_snapshot() as snapshot:
        count = stream_report(
            snapshot=snapshot, definition=report, values=query_values(report, run), form=form, write=made.write
        )
    return count, made.getvalue()


def test_streamed_csv_is_the_csv_of_the_run(run: ReportRun, store: ReportStore) -> None:
    count, data = stream(run, Format.CSV)
    assert (count, data) == (run.row_count, content(run, store))


def test_parquet_has_the_rows_and_types_of_the_run(run: ReportRun, store: ReportStore, keys: ManifestKeys) -> None:
    kept = pq.read_table(io.BytesIO(content(run, store, "PARQUET")))
    count, data = stream(run, Format.PARQUET)
    streamed = pq.read_table(io.BytesIO(data))
    assert streamed.equals(kept) and streamed.schema == kept.schema and count == kept.num_rows
    printed = rows(run, store)
    assert [row["narrative"] for row in printed] == kept["narrative"].to_pylist()
    assert [Decimal(row["running_balance"]) for row in printed] == kept["running_balance"].to_pylist()
    assert str(kept.schema.field("event_at").type) == "timestamp[us, tz=UTC]"
    assert kept["corrects_entry_id"].null_count == count, "none is none, not an empty text"
    facts = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0)
    assert facts.compression == "ZSTD"
    assert verify_report(run_id=run.pk, actor=PERSON, store=store, keys=keys, at=now()).result == "SAME"


def test_an_amount_beyond_its_scale_ends_it(run: ReportRun) -> None:
    report = get_report("GENERAL_LEDGER").definition
    broken = replace(
        report, query=report.query.replace("t.running AS running_balance", "t.running / 3 AS running_balance")
    )
    for form in (Format.CSV, Format.PARQUET):
        with pytest.raises(CellBroken):
            stream(run, form, broken)


def test_only_what_machines_read_is_streamed(run: ReportRun) -> None:
    with pytest.raises(ValueError, match="not streamed"):
        stream(run, Format.JSON_LINES)


def test_row_groups_are_whole_however_the_rows_come(monkeypatch: Any) -> None:
    from compliance.domain.formats import parquet
    from tests.compliance.sample_report import SAMPLE
    from tests.compliance.test_formats import cells

    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 7)
    made = []
    for sizes in ([20], [3, 4, 1, 12], [1] * 20):
        writer, data, number = parquet.FORMAT.open(SAMPLE.columns), b"", 0
        data += writer.head()
        for size in sizes:
            data += writer.rows([cells(number + at) for at in range(size)])
            number += size
        data += writer.tail()
        facts = pq.ParquetFile(io.BytesIO(data)).metadata
        assert [facts.row_group(at).num_rows for at in range(facts.num_row_groups)] == [7, 7, 6]
        made.append(pq.read_table(io.BytesIO(data)))
    assert made[0].equals(made[1]) and made[1].equals(made[2])
