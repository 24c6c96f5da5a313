"""Business days on the desk: who prepares one, who closes it, and what the page says when it may not be."""

from datetime import date

import pytest

from settlement.models import BusinessDay
from settlement.operations.close_due_days import close_due_days
from tests.desk import a_person, signed_in
from tests.settlement.days.test_close_business_day import MONDAY, a_world_of_three_days, after, compare
from tests.settlement.ledger.test_ledger_pages import plain

pytestmark = pytest.mark.django_db
PAGE = f"/ops/day/{MONDAY}"


def test_a_day_is_prepared_by_operations_and_closed_by_the_treasurer():
    a_world_of_three_days()
    close_due_days(at=after(date(2026, 3, 4)))
    operator, treasurer = (
        signed_in(a_person(name, role=role)) for name, role in (("Olive", "OPERATIONS"), ("Tom", "TREASURER"))
    )
    listed = plain(operator.get("/ops/day"))
    assert "3 days wait for a signature" in listed
    assert "Sign off" not in plain(treasurer.get(PAGE)), "nothing is prepared yet"

    refused = operator.post(f"{PAGE}/reconciliation", {"note": "All looked at"})
    assert refused.status_code == 422
    assert "Not compared for 2026-03-02: OMNIBUS:MAIN:USD." in plain(refused)
    assert "All looked at" in refused.content.decode(), "what was typed stays"
    compare()
    assert operator.post(f"{PAGE}/reconciliation", {"note": ""}).status_code == 422
    assert operator.post(f"{PAGE}/reconciliation", {"note": "All looked at"})["Location"] == PAGE
    assert operator.post(f"{PAGE}/sign_off", {"note": "And done"}).status_code == 404, "not the operator's to sign"
    shown = plain(treasurer.get(PAGE))
    assert "Passed Olive · All looked at" in shown
    assert treasurer.post(f"{PAGE}/sign_off", {"note": "Agreed"})["Location"] == PAGE

    assert BusinessDay.objects.get(pk=MONDAY).status == "CLOSED"
    closed = plain(treasurer.get(PAGE))
    assert "Passed Tom · Agreed" in closed
    assert treasurer.post(f"{PAGE}/sign_off", {"note": "Again"}).status_code == 409
    assert "2 days wait" in plain(operator.get("/ops/day"))


def test_an_open_day_and_one_that_never_was():
    a_world_of_three_days()
    close_due_days(at=after(date(2026, 3, 4)))
    assert "Takes entries until" in plain(signed_in().get("/ops/day/2026-03-05"))
    for missing in ("2019-01-01", "20260302", "never", "2026-3-2"):
        assert signed_in().get(f"/ops/day/{missing}").status_code == 404
    assert signed_in().post(f"{PAGE}/luck", {"note": "x"}).status_code == 404
