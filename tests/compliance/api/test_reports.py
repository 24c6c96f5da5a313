"""GET /v1/reports: the catalogue."""

from tests.compliance.api.conftest import Desk, desk
from tests.compliance.reporting import Day
from tests.people import Api, problem


def test_the_catalogue_tells_a_program_what_it_can_ask_for(alder: Desk) -> None:
    answer = alder.api.get("/reports").json()
    assert answer["next_cursor"] is None
    of = {item["report"]: item for item in answer["items"]}
    assert list(of) == sorted(of)
    assert set(of) == {
        *("ACCOUNT_STATEMENT", "DAILY_BALANCES", "DAILY_TRANSACTIONS", "FIAT_STATEMENT"),
        *("ORDER_AUDIT_TRAIL", "PROFILE_BALANCES"),
    }
    trail, balances = of["ORDER_AUDIT_TRAIL"], of["PROFILE_BALANCES"]
    assert trail["version"] == 2
    assert [p["name"] for p in trail["parameters"]] == ["from_date", "to_date", "market"]
    assert [p["name"] for p in balances["parameters"]] == ["business_date"]
    assert [c["name"] for c in balances["columns"]] == [
        "entity",
        "Asset",
        "Balance",
        "BalanceType",
        "ProfileID",
        "Timestamp",
    ]
    assert [f["extension"] for f in balances["formats"]] == ["csv", "sheet.csv", "jsonl"]


def test_it_takes_a_token_with_the_scope(day: Day) -> None:
    problem(Api(None).get("/reports"), 401, "TOKEN_MISSING")
    problem(desk(day, day.alder, ["orders:read"]).api.get("/reports"), 403, "SCOPE_MISSING")
