"""What crosses the border of `compliance`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """A wish for a report.

    `parameters` are texts by name. `entity_id` is whose report it has to be when a client asks: it takes
    the place of the parameter `entity`; none for the firm's own people, who choose freely. Without `as_of`
    the cut-off of the report's business date is meant, or this instant while that day still runs; without
    `known_at` all that is sealed.
    """

    code: str
    parameters: Mapping[str, Any]
    entity_id: UUID | None = None
    as_of: datetime | None = None
    known_at: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RequestedRun:
    """The run that answers a wish, and whether it was there before."""

    run_id: UUID
    is_existing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What making a report again came to.

    `result` is SAME, DIFFERENT, MISSING (a file, or a manifest of the series) or VERSION_GONE (the
    definition is no longer that of the run: only the kept bytes were checked). `file`, `byte` (from 0) and
    `row` (from 1; 0 is the head) name the first place that differs.
    """

    result: str
    detail: str = ""
    file: str = ""
    byte: int | None = None
    row: int | None = None
