"""Names of report files: what they hold and for which day, never when they were made."""

from datetime import date
from uuid import UUID

WHOLE_FIRM = "FIRM"


def series_name(entity_id: UUID | None, code: str) -> str:
    """What the reports of one code and one entity have in common; `FIRM` when it is the whole firm's."""
    return f"{WHOLE_FIRM if entity_id is None else entity_id}_{code}"


def run_name(series: str, business_date: date, version: int) -> str:
    """`ENTITY_CODE_YYYYMMDD_vNN`."""
    return f"{series}_{business_date:%Y%m%d}_v{version:02}"


def part_name(run: str, part: int, extension: str) -> str:
    """`ENTITY_CODE_YYYYMMDD_vNN_PPPP.ext`; parts count from 1."""
    return f"{run}_{part:04}.{extension}"


def manifest_name(run: str) -> str:
    """`ENTITY_CODE_YYYYMMDD_vNN.manifest.json`."""
    return f"{run}.manifest.json"
