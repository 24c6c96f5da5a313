"""What is shown of a personal value to those who need not know it: enough to tell two apart, too little to use."""

from collections.abc import Callable, Mapping
from typing import Final

from accounts.domain.personal_fields import as_number, as_phone

ERASED: Final = "[erased]"
DAMAGED: Final = "[damaged]"
_DOTS = "•••"
# A number is shown by its last four only if more than that stays hidden.
_LEAST_HIDDEN = 4
_SHOWN = 4


def initials(text: str) -> str:
    """The first letter of each word, at most four: ``M. L.``."""
    return " ".join(f"{word[0].upper()}." for word in text.split()[:4])


def year_only(text: str) -> str:
    """The year of a date."""
    return f"{text[:4]}-••-••"


def hidden(_text: str) -> str:
    """Nothing."""
    return _DOTS


def last_four(text: str) -> str:
    """The last four letters and digits of a long enough number."""
    plain = as_number(text)
    return f"{_DOTS}{plain[-_SHOWN:]}" if len(plain) >= _SHOWN + _LEAST_HIDDEN else _DOTS


def last_of_phone(text: str) -> str:
    """The last four digits of a long enough number."""
    return last_four(as_phone(text))


def e_mail_parts(text: str) -> str:
    """The first letter, and the last part of the domain."""
    name, _, domain = text.partition("@")
    return f"{name[:1]}{_DOTS}@{_DOTS}.{domain.rpartition('.')[2]}"


MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "full_name": initials,
    "date_of_birth": year_only,
    "address": hidden,
    "national_id": last_four,
    "email": e_mail_parts,
    "phone": last_of_phone,
    "tax_id": last_four,
}


def mask(field: str, text: str) -> str:
    """The mask of a field's value; a field without one shows nothing, and nothing stays nothing."""
    return MASKS.get(field, hidden)(text) if text else ""
