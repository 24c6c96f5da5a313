"""The small parts of every page: chip, amount, time, id, icon. HTML from values is escaped here, by
``format_html`` alone.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import clock
from core.domain.decimals import format_scaled, scale_of
from core.domain.tones import tone_of, word_of
from core.pages.access import has_permission
from core.pages.columns import Column

register = template.Library()

NONE = "—"
MINUS = "\u2212"
FIGURE_SPACE = "\u2007"
READ_DIGITS = 8
_AGES = ((86_400, "d"), (3_600, "h"), (60, "m"))
# In this order: each browser also claims to be the ones after it.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def group_digits(plain: str) -> str:
    """``-1234.50`` -> ``−1,234.50``: a comma every three digits before the point, a true minus."""
    sign = MINUS if plain.startswith("-") else ""
    whole, point, fraction = plain.lstrip("-").partition(".")
    return f"{sign}{int(whole):,}{point}{fraction}"


@register.simple_tag
def amount(value: Decimal | None, scale: int | None = None, unit: str = "") -> SafeString:
    """A number at ``scale`` digits (its own, without one), zeros at the end dimmed, the asset's code as unit
    behind it.

    A value with more digits than ``scale`` keeps them all: a page never rounds.
    """
    if value is None:
        return format_html('<span class="dim">{}</span>', NONE)
    digits = max(scale or 0, scale_of(value))
    text = group_digits(format_scaled(value, digits))
    strong = text.rstrip("0").rstrip(".") if "." in text else text
    html = (
        format_html('{}<span class="dim">{}</span>', strong, text[len(strong) :])
        if strong != text
        else format_html("{}", text)
    )
    return format_html("{} <small>{}</small>", html, unit) if unit else html


@register.simple_tag
def money(value: Decimal | None, payment_scale: int, scale: int, unit: str = "") -> SafeString:
    """An amount of money: always ``payment_scale`` digits, further ones only where they are not zero, dimmed.

    Figure spaces fill up to ``scale`` digits, so that in a column the points stand below each other. Nobody reads more than
    ``READ_DIGITS`` zeros behind a point: an asset that pays in more shows so many, and no digit that says something is left
    out.
    """
    if value is None:
        return format_html('<span class="dim">{}</span>', NONE)
    payment_scale = min(payment_scale, READ_DIGITS)
    digits = max(payment_scale, scale_of(value))
    text = group_digits(format_scaled(value, digits))
    cut = len(text) - (digits - payment_scale)
    fill = FIGURE_SPACE * (min(scale, READ_DIGITS) - digits)
    return format_html(
        '{}<span class="dim">{}</span>{}{}',
        text[:cut],
        text[cut:],
        fill,
        format_html(" <small>{}</small>", unit) if unit else "",
    )


@register.simple_tag
def age(value: datetime | None, at: datetime | None = None) -> str:
    """How long ago, in one unit: ``12s``, ``4m``, ``3h``, ``2d``."""
    if value is None:
        return ""
    seconds = max(0, int(((at or clock.now()) - value).total_seconds()))
    for length, unit in _AGES:
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


@register.simple_tag
def instant(value: datetime | None, with_age: bool = True) -> SafeString:
    """A moment in UTC: ``10:43:11.460`` today, else ``2 Mar 10:43:11``, its age behind; microseconds in the
    title.
    """
    if value is None:
        return format_html('<span class="dim">{}</span>', NONE)
    value = value.astimezone(UTC)
    now = clock.now()
    if value.date() == now.date():
        text = f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}"
    else:
        year = "" if now - value < timedelta(days=180) else f" {value.year}"
        text = f"{value.day} {value:%b}{year} {value:%H:%M:%S}"
    full = f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond:06d}Z"
    if not with_age:
        return format_html('<time datetime="{}" title="{}">{}</time>', full, full, text)
    return format_html(
        '<time datetime="{}" title="{}">{}</time> <small data-age>{}</small>',
        full,
        full,
        text,
        age(value, now),
    )


@register.simple_tag
def day(value: date | None) -> str:
    """A business date, as ISO writes it."""
    return NONE if value is None else value.isoformat()


@register.simple_tag
def short_id(value: UUID | str | None) -> SafeString:
    """An id by its last eight characters: the front of a UUIDv7 is a clock and the same for many."""
    if value is None:
        return format_html('<span class="dim">{}</span>', NONE)
    return format_html('<code title="{}">…{}</code>', value, str(value)[-8:])


@register.simple_tag
def copy_id(value: UUID | str) -> SafeString:
    """A whole id with a button that copies it."""
    return format_html(
        '<code>{0}</code> <button type="button" class="button quiet" data-copy="{0}" title="Copy"'
        ' aria-label="Copy {0}">{1}</button>',
        value,
        icon("copy"),
    )


@register.simple_tag
def chip(noun: str, state: str, word: str = "") -> SafeString:
    """A state as dot, word and ground; the tone comes from ``core.domain.tones``."""
    return format_html('<span class="chip {}">{}</span>', tone_of(noun, state).value, word or word_of(state))


@register.simple_tag
def side(value: str | None) -> SafeString:
    """Buy or Sell, in its colour and as a word; a dash for neither."""
    if value is None:
        return format_html("–")
    return format_html('<span class="{}">{}</span>', value.lower(), value.capitalize())


@register.filter
def word(state: str) -> str:
    """A state or kind as a reader's word."""
    return word_of(state)


@register.simple_tag(takes_context=True)
def may(context: Any, permission: str) -> bool:
    """Whether the reader of the page holds ``permission``: what one may not do is not offered."""
    return has_permission(context["request"], permission)


@register.filter
def browser(agent: str) -> str:
    """What a ``User-Agent`` says, for a person: the browser's name and the system; the whole of it where neither is known."""
    name = next((word for mark, word in _BROWSERS if mark in agent), "")
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if name and system else agent[:80] or NONE


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of the sprite; never the only name of a control."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def cell(column: Column, row: Any) -> SafeString | str:
    """The value of ``row`` in ``column``, written as the column's kind says."""
    value = _read(row, column.key)
    html = _write(column, row, value)
    if column.cut and value not in (None, ""):
        html = format_html('<span title="{}">{}</span>', value, html)
    link = _read(row, column.link) if column.link else ""
    return format_html('<a href="{}">{}</a>', link, html) if link else html


def _read(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row[name] if isinstance(row, dict) else getattr(row, name)
        if row is None:
            return None
    return row


def _write(column: Column, row: Any, value: Any) -> SafeString | str:
    if column.kind == "amount":
        scale = _read(row, column.scale) if column.scale else None
        return amount(value, scale, _read(row, column.unit) if column.unit else "")
    if column.kind == "money":
        unit = _read(row, column.unit) if column.unit else ""
        return money(value, _read(row, column.payment_scale), _read(row, column.scale), unit)
    if column.kind == "chip":
        return chip(column.noun, value)
    writer = _WRITERS.get(column.kind)
    if writer is not None:
        return writer(value)
    return NONE if value in (None, "") else str(value)


_WRITERS: dict[str, Callable[[Any], SafeString | str]] = {
    "time": instant,
    "day": day,
    "id": short_id,
    "side": side,
    "word": word,
    "count": lambda value: f"{value:,}",
}


@register.simple_tag(takes_context=True)
def with_query(context: Any, **changes: Any) -> str:
    """This page's query with ``changes``; a parameter without a value is left out, and with it the page's
    position.
    """
    query: QueryDict = context["request"].GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    for name in [name for name in query if not query[name]]:
        del query[name]
    return f"?{query.urlencode()}" if query else context["request"].path
