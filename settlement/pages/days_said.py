"""Days and moments as people write them into an address."""

from datetime import UTC, date, datetime, time

from settlement.calendar import business_date_of, cut_off_at
from settlement.queries.as_of import AsOf

FAULT = "A day is written 2026-03-02."
TIME_FAULT = "A time is written 16:30 or 16:30:00."


def read_day(text: str) -> tuple[date | None, str]:
    """The day that ``text`` spells, none where it is empty; and what is wrong with it in words."""
    text = text.strip()
    if not text:
        return None, ""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None, FAULT
    return (day, "") if 1970 <= day.year < 9999 else (None, FAULT)


def read_as_of(clock: str, day_text: str, time_text: str, *, now: datetime) -> tuple[AsOf, str]:
    """The moment that the three fields spell, on the clock ``business_date`` unless another is named; today's where they are
    wrong.

    An instant without a time is the end of its day.
    """
    today = AsOf("business_date", business_date_of(now))
    day, fault = read_day(day_text)
    if fault:
        return today, fault
    day = day or business_date_of(now)
    if clock not in ("event_at", "recorded_at"):
        return AsOf("business_date", day), ""
    if not time_text.strip():
        return AsOf(clock, cut_off_at(day)), ""
    try:
        return AsOf(clock, datetime.combine(day, time.fromisoformat(time_text.strip()), tzinfo=UTC)), ""
    except ValueError:
        return today, TIME_FAULT
