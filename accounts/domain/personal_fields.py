"""What the house may know of a natural person: the fields, the form they are kept in, and the form they are looked up by.

Pure. The values themselves stand in the vault alone; see docs/vault.md.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.domain.refusals import FieldError, Refusal

_SPACES = re.compile(r"\s+")
_NOT_PLAIN = re.compile(r"[^0-9A-Z]")
_E_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,185}\.[^@\s.]{2,}\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,30}\Z", re.ASCII)
_OLDEST_YEAR = 1850


def as_words(text: str) -> str:
    """Letters whatever their case and width, words with one space between: how names are compared."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def as_e_mail(text: str) -> str:
    """An address whatever its case."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def as_phone(text: str) -> str:
    """The digits, with a plus before an international number: ``00`` stands for one."""
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(character for character in plain if character.isdigit())
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return f"+{digits}" if plain.startswith("+") else digits


def as_number(text: str) -> str:
    """Letters and digits of a number that people write with spaces, dots or dashes."""
    return _NOT_PLAIN.sub("", unicodedata.normalize("NFKC", text).upper())


def _anything(_text: str) -> bool:
    return True


def _is_birth_date(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and day.year >= _OLDEST_YEAR


def _has_number(text: str) -> bool:
    return bool(as_number(text))


@dataclass(frozen=True, slots=True)
class PersonalField:
    """One field: its title on pages, its longest text, what it has to look like, and the form it is looked up by (if it is)."""

    name: str
    title: str
    longest: int
    is_sound: Callable[[str], bool]
    look_up: Callable[[str], str] | None = None


FIELDS: Final[Mapping[str, PersonalField]] = {
    field.name: field
    for field in (
        PersonalField("full_name", "Full name", 200, _anything, as_words),
        PersonalField("date_of_birth", "Date of birth", 10, _is_birth_date),
        PersonalField("address", "Address", 500, _anything),
        PersonalField("national_id", "National id", 40, _has_number, as_number),
        PersonalField("email", "E-mail", 254, lambda text: bool(_E_MAIL.match(text)), as_e_mail),
        PersonalField("phone", "Phone", 32, lambda text: bool(_PHONE.match(text)), as_phone),
        PersonalField("tax_id", "Tax id", 40, _has_number, as_number),
    )
}


def read_details(details: Mapping[str, str]) -> dict[str, str]:
    """The details as they are kept: NFC, outer blanks off. An empty text takes a detail away.

    Refuses, by pointer and without the value, a field that there is none of (FIELD_UNKNOWN) and a text that is too long, has
    control characters or has not the form of its field (VALUE_INVALID).
    """
    kept, errors = {}, []
    for name, text in details.items():
        field = FIELDS.get(name)
        plain = unicodedata.normalize("NFC", text).strip()
        if field is None:
            errors.append(FieldError(f"/{name}", "FIELD_UNKNOWN", "There is no such detail."))
        elif not _is_kept(field, plain):
            errors.append(FieldError(f"/{name}", "VALUE_INVALID", f"This is not a value for {field.title.lower()}."))
        else:
            kept[name] = plain
    if errors:
        raise Refusal("DETAILS_INVALID", "The details have to be corrected.", errors=errors)
    return kept


def _is_kept(field: PersonalField, text: str) -> bool:
    if not text:
        return True
    has_controls = any(unicodedata.category(character) in {"Cc", "Cs"} and character != "\n" for character in text)
    return len(text) <= field.longest and not has_controls and field.is_sound(text)


def look_up_form(name: str, text: str) -> str | None:
    """The form that ``text`` of the field is looked up by; ``None`` where there is nothing to look up."""
    field = FIELDS.get(name)
    if field is None or field.look_up is None:
        return None
    return field.look_up(text) or None
