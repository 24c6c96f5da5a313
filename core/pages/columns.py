"""Columns: what a table of the back office shows, said once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the attribute of the row it shows, its heading and how its values are written.

    ``kind`` is text, word, time, day, id, amount, money, count, chip or side; amounts stand right. ``scale``
    names the row's attribute with the number of digits of an amount, ``payment_scale`` the one with the
    digits that money always shows, ``unit`` the one with its asset's code, ``noun`` the noun whose states a
    chip shows, ``link`` the attribute with the address the value leads to. A ``cut`` value that is too long for its column ends
    in dots; the whole of it is in the title.
    """

    key: str
    label: str
    kind: str = "text"
    scale: str = ""
    payment_scale: str = ""
    unit: str = ""
    noun: str = ""
    link: str = ""
    cut: bool = False

    @property
    def css(self) -> str:
        """The class of the column's cells: numbers stand right, long texts are cut."""
        return "n" if self.kind in ("amount", "money", "count") else "cut" if self.cut else ""
