"""Days of refreshing: months by risk, leap days, notice, reminders."""

from datetime import date, timedelta

import pytest

from accounts.domain.refreshing import (
    REMINDER_DAYS,
    add_months,
    days_overdue,
    due_date,
    moved_due_date,
    notice_date,
    refresh_status_on,
    reminder_for,
)

LEAP_DAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("rating", "due"),
    [("LOW", date(2027, 2, 28)), ("MEDIUM", date(2026, 2, 28)), ("HIGH", date(2025, 2, 28))],
)
def test_a_leap_day_falls_back_to_the_end_of_february(rating: str, due: date) -> None:
    assert due_date(last_refresh=LEAP_DAY, risk_rating=rating) == due


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2025, 11, 30), 12, date(2026, 11, 30)),
    ],
)
def test_months_end_where_the_month_ends(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


def test_a_refresh_is_due_for_thirty_days_and_the_due_date_is_in_time() -> None:
    due = date(2027, 2, 28)

    assert notice_date(due) == date(2027, 1, 29)
    statuses = [refresh_status_on(due=due, today=due + timedelta(days=days)) for days in (-31, -30, -1, 0, 1)]
    assert statuses == ["NOT_DUE", "DUE", "DUE", "DUE", "OVERDUE"]
    assert [days_overdue(due=due, today=due + timedelta(days=days)) for days in (-1, 0, 1, 400)] == [0, 0, 1, 400]


def test_asked_every_day_each_reminder_goes_out_on_its_own_day_once() -> None:
    due, reminded, sent = date(2027, 2, 28), None, []
    for left in range(60, -60, -1):
        for _ in range(3):
            days = reminder_for(due=due, today=due - timedelta(days=left), reminded=reminded)
            if days is not None:
                reminded = days
                sent.append((left, days))

    assert sent == [(days, days) for days in REMINDER_DAYS]


@pytest.mark.parametrize(
    ("left", "days"), [(40, None), (30, 30), (20, 30), (8, 14), (5, 7), (1, 1), (0, None), (-1, None)]
)
def test_after_missed_days_the_nearest_reminder_alone_goes_out(left: int, days: int | None) -> None:
    due = date(2027, 2, 28)

    assert reminder_for(due=due, today=due - timedelta(days=left), reminded=None) == days


def test_a_higher_risk_brings_the_day_nearer_but_leaves_the_notice() -> None:
    last, due = date(2026, 3, 2), date(2029, 3, 2)

    soon = moved_due_date(due=due, last_refresh=last, risk_rating="HIGH", today=date(2026, 4, 1))
    late = moved_due_date(due=due, last_refresh=last, risk_rating="HIGH", today=date(2028, 6, 1))
    later = moved_due_date(due=date(2028, 6, 20), last_refresh=last, risk_rating="HIGH", today=date(2028, 6, 1))

    assert (soon, late, later) == (date(2027, 3, 2), date(2028, 7, 1), date(2028, 6, 20))


def test_a_lower_risk_moves_the_day_away() -> None:
    due = moved_due_date(due=date(2027, 3, 2), last_refresh=date(2026, 3, 2), risk_rating="LOW", today=date(2026, 4, 1))

    assert due == date(2029, 3, 2)
