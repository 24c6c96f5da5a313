"""Make the files of a report from one snapshot: used to write a run, and to make it again for comparison."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compliance.domain.cells import CellInvalid, CellPress, instant_text
from compliance.domain.control_totals import TotalCounter, counters_of, first_difference, totals_json
from compliance.domain.failures import ReportFailed
from compliance.domain.formats import BATCH_ROWS, FORMATS
from compliance.domain.formats.parted_file import PartedFile, PartFacts, PartSink
from compliance.domain.formats.written_format import Message
from compliance.domain.logical_hash import LogicalHash
from compliance.domain.parameters import typed_parameters
from compliance.models import ReportRun
from compliance.queries.report_rows import DefinitionBroken, Snapshot
from core.contracts import Format, ReportDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFiles:
    """What was made: everything here is the same whenever the same run is made again."""

    files: list[PartFacts]
    row_count: int
    logical_sha256: str
    control_totals: list[dict[str, object]]
    left_out: list[dict[str, str]]
    market_sequences: dict[str, str]


def query_values(definition: ReportDefinition, run: ReportRun) -> dict[str, Any]:
    """What the queries of a run are asked with."""
    return {
        **typed_parameters(definition, run.parameters),
        "entity": run.entity_id,
        "as_of": run.as_of,
        "known_at": run.known_at,
    }


def make_files(
    *,
    snapshot: Snapshot,
    definition: ReportDefinition,
    run: ReportRun,
    open_part: Callable[[Format, int], PartSink],
    on_rows: Callable[[int, int], None],
) -> MadeFiles:
    """Read the rows once and write every format from them; `on_rows` hears rows done and expected after
    each batch.

    Raises `ReportFailed` when a cell does not fit its column, the rows are not as many as counted, or a
    control total differs from its second query.
    """
    values = query_values(definition, run)
    expected = snapshot.count(definition, values)
    left_out = formats_left_out(definition, expected)
    message = Message(run.pk.hex, instant_text(run.created_at))
    writing = _Writing(definition, open_part, message, without={item["format"] for item in left_out})
    try:
        for batch in snapshot.batches(definition, values, BATCH_ROWS):
            writing.take(batch)
            on_rows(writing.rows, expected)
    except CellInvalid as error:
        raise ReportFailed("CELL_INVALID", f"after row {writing.rows}: {error}") from error
    except DefinitionBroken as error:
        raise ReportFailed("DEFINITION_BROKEN", str(error)) from error
    if writing.rows != expected:
        raise ReportFailed("ROWS_DIFFER", f"{expected} rows were counted, {writing.rows} were read")
    _compare_totals(snapshot, writing.counters, values)
    return MadeFiles(
        files=writing.close(),
        row_count=writing.rows,
        logical_sha256=writing.logical.hexdigest(),
        control_totals=totals_json(writing.counters),
        left_out=left_out,
        market_sequences=snapshot.market_sequences(run.known_at),
    )


def formats_left_out(definition: ReportDefinition, rows: int) -> list[dict[str, str]]:
    """The formats that cannot hold so many rows in one file, and may not be split."""
    return [
        {"format": form.value, "reason": f"MORE_THAN_{FORMATS[form].most_rows}_ROWS"}
        for form in definition.formats
        if not FORMATS[form].splits and rows > FORMATS[form].most_rows
    ]


def _compare_totals(snapshot: Snapshot, counters: list[TotalCounter], values: Mapping[str, Any]) -> None:
    for counter in counters:
        difference = first_difference(counter, snapshot.figures(counter.total, values))
        if difference is not None:
            raise ReportFailed(
                "TOTALS_DIFFER",
                f"{difference.total} {list(difference.group)}: {difference.written:f} written,"
                f" {difference.checked:f} by the second query",
            )


class _Writing:
    """The rows so far, in all formats."""

    def __init__(
        self,
        definition: ReportDefinition,
        open_part: Callable[[Format, int], PartSink],
        message: Message,
        *,
        without: set[str],
    ) -> None:
        self.rows = 0
        self.counters = counters_of(definition)
        self.logical = LogicalHash()
        self._press = CellPress(definition)
        self._files = [
            PartedFile(definition, form, FORMATS[form], _opener(open_part, form), message)
            for form in definition.formats
            if form.value not in without
        ]

    def take(self, batch: list[Any]) -> None:
        press = self._press.press
        cells = [press(row) for row in batch]
        self.logical.add(cells)
        for counter in self.counters:
            counter.add(cells)
        for file in self._files:
            file.write(cells)
        self.rows += len(cells)

    def close(self) -> list[PartFacts]:
        return [facts for file in self._files for facts in file.close()]


def _opener(open_part: Callable[[Format, int], PartSink], form: Format) -> Callable[[int], PartSink]:
    return lambda part: open_part(form, part)
