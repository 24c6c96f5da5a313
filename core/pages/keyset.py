"""Keyset pages: a page begins after a row, not after a number of rows, so page 1,000 costs what page 1
costs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from core.domain.refusals import NotFound

PAGE_ROWS = 100

Row = TypeVar("Row")
Shown = TypeVar("Shown")
Stored = TypeVar("Stored", bound=Model)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """Rows, newest first, and the keys from which the newer and the older page begin; None: there is none.

    ``newer`` is empty for a page that lost its rows: the newest page is the way back.
    """

    rows: Sequence[Row]
    newer: str | None
    older: str | None

    def map(self, show: Callable[[Row], Shown]) -> "KeysetPage[Shown]":
        """The same page with each row as ``show`` shapes it."""
        return KeysetPage([show(row) for row in self.rows], self.newer, self.older)

    @property
    def is_newest(self) -> bool:
        """Whether no row is newer than this page; only such a page takes live rows in."""
        return self.newer is None


def read_keyset_page(
    rows: "QuerySet[Stored]", *, after: str = "", before: str = "", size: int = PAGE_ROWS
) -> KeysetPage[Stored]:
    """At most ``size`` rows by descending primary key: those older than the key ``after``, or just newer
    than ``before``.

    Without a key the newest rows. A page of newer rows that is not full is the newest page. Refuses a key
    that is none with ``NotFound``: nobody gets such an address from us. One statement, two when ``before``
    reaches the newest row.
    """
    if before:
        newer = list(rows.filter(pk__gt=_key(rows, before)).order_by("pk")[: size + 1])
        if len(newer) > size:
            shown = newer[size - 1 :: -1]
            return KeysetPage(shown, str(shown[0].pk), str(shown[-1].pk))
        after = ""
    if after:
        rows = rows.filter(pk__lt=_key(rows, after))
    found = list(rows.order_by("-pk")[: size + 1])
    shown = found[:size]
    has_older = len(found) > size
    return KeysetPage(
        shown,
        newer=str(shown[0].pk) if after and shown else ("" if after else None),
        older=str(shown[-1].pk) if has_older else None,
    )


def _key(rows: "QuerySet[Any]", text: str) -> UUID | int:
    """The key that ``text`` spells, of the type of the rows' primary key."""
    try:
        if rows.model._meta.pk.get_internal_type() == "UUIDField":
            return UUID(text)
        number = int(text)
        if not 0 <= number < 1 << 63:
            raise ValueError("beyond a bigint")
        return number
    except ValueError as error:
        raise NotFound("page") from error
