"""GET /v1/report-runs: the entity's runs."""

from tests.compliance.api.conftest import Desk
from tests.compliance.reporting import Day, ask
from tests.people import problem


def test_a_client_sees_its_own_runs_and_no_other(alder: Desk, birch: Desk, day: Day) -> None:
    mine = [alder.ask(f"k-{number}", known_at=number).json()["id"] for number in range(3)]
    theirs = birch.ask().json()["id"]
    ask("PROFILE_BALANCES", parameters={"business_date": str(day.date)})
    assert [run["id"] for run in alder.api.get("/report-runs").json()["items"]] == mine[::-1]
    assert [run["id"] for run in birch.api.get("/report-runs").json()["items"]] == [theirs]


def test_pages_and_filters(alder: Desk) -> None:
    ids = [alder.ask(f"k-{number}", known_at=number).json()["id"] for number in range(3)]
    first = alder.api.get("/report-runs?limit=2").json()
    assert [run["id"] for run in first["items"]] == ids[:0:-1]
    rest = alder.api.get(f"/report-runs?limit=2&cursor={first['next_cursor']}").json()
    assert ([run["id"] for run in rest["items"]], rest["next_cursor"]) == (ids[:1], None)
    assert alder.api.get("/report-runs?report=PROFILE_BALANCES").json()["items"] == []
    assert len(alder.api.get("/report-runs?status=QUEUED&status=READY").json()["items"]) == 3
    problem(alder.api.get("/report-runs?status=LOST"), 400, "FILTER_INVALID")
