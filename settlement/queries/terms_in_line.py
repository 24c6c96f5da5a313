"""Dated terms, a rail's or a limit's, as they are in line: what is in force at a moment, and what comes after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from core.domain.refusals import Refusal
from settlement.models import RailChange, WithdrawalLimit
from settlement.models.rail import STANDING

Row = TypeVar("Row", RailChange, WithdrawalLimit)
STAYS, FALLS_AWAY = "STAYS", "FALLS_AWAY"
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Line(Generic[Row]):
    """``before`` is in force at ``moment``, none where nobody has said; ``later`` comes after it, in order."""

    moment: datetime
    before: Row | None
    later: list[Row]

    @property
    def newest(self) -> Row | None:
        """The last in line."""
        return self.later[-1] if self.later else self.before

    @property
    def begins(self) -> datetime:
        """When what is put at its moment begins: two never begin at once."""
        return max(self.moment, self.before.in_force_from + MOMENT) if self.before else self.moment

    def as_payload(self, what_follows: str | None) -> dict[str, Any]:
        """What a request says of the line it was made from: what it comes after, what stays after it and what falls away."""
        ids = [str(row.pk) for row in self.later]
        falls = what_follows == FALLS_AWAY
        return {
            "replaces": str(self.before.pk) if self.before else "",
            "stays": [] if falls else ids,
            "falls_away": ids if falls else [],
        }


def line_at(rows: "QuerySet[Row]", moment: datetime) -> Line[Row]:
    """The line of ``rows``, all of one rail or of one limit, around ``moment``."""
    standing = rows.filter(STANDING)
    before = standing.filter(in_force_from__lte=moment).order_by("-in_force_from").first()
    return Line(moment, before, list(standing.filter(in_force_from__gt=moment).order_by("in_force_from")))


def refuse_stale(line: Line[Any], made_from: UUID | None) -> None:
    """Refuse (409 STATE_CHANGED) a wish that was made from terms which are the newest in line no more; none says nothing."""
    if made_from is not None and (line.newest is None or line.newest.pk != made_from):
        raise Refusal("STATE_CHANGED", "There are other terms in line than the form was made from.", status=409)


def refuse_undecided(line: Line[Any], what_follows: str | None) -> None:
    """Refuse (409 TERMS_IN_LINE) a wish that does not say what becomes of the terms that come after it."""
    if line.later and what_follows not in {STAYS, FALLS_AWAY}:
        since = line.later[0].in_force_from
        raise Refusal(
            "TERMS_IN_LINE",
            f"Other terms are in line from {since:%Y-%m-%d %H:%M} UTC: say whether they stay or fall away.",
            meta={"in_force_from": since.isoformat()},
            status=409,
        )


def refuse_changed(line: Line[Any], said: Mapping[str, Any]) -> None:
    """Refuse (409 STATE_CHANGED) what was asked for when another line stood."""
    falls = said["falls_away"]
    if line.as_payload(FALLS_AWAY if falls else STAYS) != {
        name: said[name] for name in ("replaces", "stays", "falls_away")
    }:
        raise Refusal("STATE_CHANGED", "Other terms have come since this was asked for.", status=409)


def in_line_with(said: Mapping[str, Any], rows: "QuerySet[Row]") -> tuple[Row | None, list[tuple[Row, str]]]:
    """What a request comes after, and each that stood behind it with whether it stays or falls away."""
    before = rows.filter(Q(pk=said["replaces"])).first() if said["replaces"] else None
    fates = {each: FALLS_AWAY for each in said["falls_away"]} | {each: STAYS for each in said["stays"]}
    return before, [(row, fates[str(row.pk)]) for row in rows.filter(pk__in=list(fates)).order_by("in_force_from")]
