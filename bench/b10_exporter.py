"""One export of B10, in a process of its own so that its memory is its own: says the rows, the bytes, the seconds, and the peak.

CSV and PARQUET are the product's ``stream_report``, straight to a file. ``floor`` is what PostgreSQL takes to send the same rows:
COPY of the report's query to a file, by bare psycopg.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO


def main() -> None:
    way, directory, first, last = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from compliance.domain.parameters import typed_parameters
    from compliance.operations.stream_report import stream_report
    from compliance.queries.catalogue import get_report
    from compliance.queries.report_rows import open_snapshot
    from core.clock import now
    from core.contracts import Format

    definition = get_report("GENERAL_LEDGER").definition
    before = _peak_megabytes()
    began = time.perf_counter()
    with open_snapshot() as snapshot, (directory / way).open("wb") as file:
        values = typed_parameters(definition, {"from_date": first, "to_date": last})
        values |= {"entity": None, "as_of": now(), "known_at": snapshot.seal_head()}
        if way == "floor":
            rows = _copy(definition.query, values, file)
        else:
            rows = stream_report(
                snapshot=snapshot, definition=definition, values=values, form=Format(way), write=file.write
            )
    seconds = time.perf_counter() - began
    size = (directory / way).stat().st_size
    figures = {"rows": rows, "bytes": size, "seconds": seconds, "peak_mb": _peak_megabytes(), "before_mb": before}
    print(json.dumps(figures))


def _copy(query: str, values: dict[str, Any], file: BinaryIO) -> int:
    from django.conf import settings
    from django.db import connection

    rows = 0
    with connection.cursor() as cursor:
        # As long as the reports themselves may take.
        cursor.execute(f"SET statement_timeout = {settings.REPORT_STATEMENT_MILLIS:d}")
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", values) as copy:
        for block in copy:
            file.write(block)
            rows += bytes(block).count(b"\n")
    return rows


def _peak_megabytes() -> float:
    """The most memory that was resident since this program began; what ``getrusage`` says begins with that of the parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
