"""Business days, against days as central banks and the law have published them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.calendar import (
    CALENDARS,
    CalendarUnknown,
    add_business_days,
    business_date_of,
    cut_off_at,
    is_business_day,
    next_business_day,
)

# Weekdays on which the Reserve Banks were or will be closed: holiday schedules of Federal Reserve Bank Services.
FED = {
    2010: "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25",
    2011: "01-17 02-21 05-30 07-04 09-05 10-10 11-11 11-24 12-26",
    2016: "01-01 01-18 02-15 05-30 07-04 09-05 10-10 11-11 11-24 12-26",
    2020: "01-01 01-20 02-17 05-25 09-07 10-12 11-11 11-26 12-25",
    2021: "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25",
    2022: "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26",
    2023: "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-23 12-25",
    2024: "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25",
    2025: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
    2026: "01-01 01-19 02-16 05-25 06-19 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25",
}
# Good Friday and Easter Monday of twenty years; the other closing days of TARGET have a date.
EASTER = {
    2008: "03-21 03-24", 2009: "04-10 04-13", 2010: "04-02 04-05", 2011: "04-22 04-25", 2012: "04-06 04-09",
    2013: "03-29 04-01", 2014: "04-18 04-21", 2015: "04-03 04-06", 2016: "03-25 03-28", 2017: "04-14 04-17",
    2018: "03-30 04-02", 2019: "04-19 04-22", 2020: "04-10 04-13", 2021: "04-02 04-05", 2022: "04-15 04-18",
    2023: "04-07 04-10", 2024: "03-29 04-01", 2025: "04-18 04-21", 2026: "04-03 04-06", 2027: "03-26 03-29",
}  # fmt: skip
# Bank holidays in England and Wales as gov.uk lists them, and those of one year only before that.
UK = {
    2011: "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27",
    2012: "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26",
    2019: "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26",
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
}


def closed_weekdays(calendar: str, year: int) -> str:
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return " ".join(
        f"{day:%m-%d}" for day in days if day.year == year and day.weekday() < 5 and not is_business_day(day, calendar)
    )


@pytest.mark.parametrize(("year", "days"), FED.items())
def test_the_reserve_banks_keep_a_sundays_holiday_on_monday_and_a_saturdays_not_at_all(year, days):
    assert closed_weekdays("US_FED", year) == days


@pytest.mark.parametrize(("year", "easter"), EASTER.items())
def test_target_closes_on_six_days_and_gives_none_back(year, easter):
    fixed = (
        f"{day:%m-%d}" for day in (date(year, *d) for d in ((1, 1), (5, 1), (12, 25), (12, 26))) if day.weekday() < 5
    )
    assert closed_weekdays("TARGET", year).split() == sorted([*fixed, *easter.split()])


@pytest.mark.parametrize(("year", "days"), UK.items())
def test_banks_in_england_have_substitute_days_and_those_of_one_year(year, days):
    assert closed_weekdays("UK_BANK", year) == days


def test_the_house_itself_knows_no_holiday_and_nobody_works_at_weekends():
    christmas, saturday = date(2026, 12, 25), date(2026, 3, 7)
    assert is_business_day(christmas)
    assert next_business_day(saturday) == saturday
    assert [code for code in CALENDARS if is_business_day(saturday, code)] == ["ALWAYS"]


def test_the_next_and_the_nth_business_day():
    friday = date(2026, 7, 3)  # The Fourth falls on a Saturday: Fedwire is open the day before.
    assert next_business_day(friday, "US_FED") == friday
    assert next_business_day(date(2026, 7, 4), "US_FED") == date(2026, 7, 6)
    assert add_business_days(friday, 1, "US_FED") == date(2026, 7, 6)
    assert add_business_days(date(2026, 4, 2), 2, "TARGET") == date(2026, 4, 8)
    assert add_business_days(date(2026, 4, 8), -2, "TARGET") == date(2026, 4, 2)
    assert add_business_days(date(2026, 4, 4), 0, "TARGET") == date(2026, 4, 7)
    with pytest.raises(ValueError, match="more than"):
        add_business_days(friday, 1_001)
    with pytest.raises(CalendarUnknown):
        is_business_day(friday, "MOON")


@given(
    st.dates(date(2008, 1, 1), date(2027, 12, 31)),
    st.integers(-60, 60).filter(bool),
    st.sampled_from(sorted(CALENDARS)),
)
def test_counting_forth_and_back_arrives_where_it_began(day, count, calendar):
    start = next_business_day(day, calendar)
    there = add_business_days(start, count, calendar)
    assert is_business_day(there, calendar)
    assert add_business_days(there, -count, calendar) == start


def test_a_day_of_the_house_is_a_utc_day_and_ends_at_midnight():
    noon_in_tokyo = datetime.fromisoformat("2026-03-03T08:59:59+09:00")
    assert business_date_of(noon_in_tokyo) == date(2026, 3, 2)
    assert cut_off_at(date(2026, 3, 2)) == datetime(2026, 3, 3, tzinfo=UTC)
    assert business_date_of(cut_off_at(date(2026, 3, 2))) == date(2026, 3, 3)
