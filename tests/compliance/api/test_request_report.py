"""POST /v1/report-runs: asking for a report."""

import pytest

from compliance.models import ReportRun
from core.models import AuditEntry
from tests.compliance.api.conftest import Desk, desk
from tests.compliance.reporting import Day
from tests.people import problem


def test_a_wish_is_taken_and_bound_to_the_asker(alder: Desk) -> None:
    answer = alder.ask(reason="Month end.")
    assert answer.status_code == 202
    run = answer.json()
    assert (run["status"], run["report"], run["reason"]) == ("QUEUED", "ORDER_AUDIT_TRAIL", "Month end.")
    assert run["entity_id"] == run["parameters"]["entity"] == str(alder.client.entity_id)
    assert run["files"] == []
    entry = AuditEntry.objects.get(action="compliance.report_run.request")
    assert (entry.actor_kind, entry.actor_id) == ("CREDENTIAL", alder.client.credential.credential_id)
    assert entry.request_id == answer["X-Request-ID"]


def test_repeated_it_is_answered_with_the_same_bytes(alder: Desk) -> None:
    first, again = alder.ask(), alder.ask()
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert ReportRun.objects.count() == 1
    problem(alder.ask(reason="another"), 422, "IDEMPOTENCY_KEY_REUSED")
    problem(alder.api.post("/report-runs", alder.body()), 400, "IDEMPOTENCY_KEY_MISSING")


def test_the_same_choice_under_another_key_is_the_same_run(alder: Desk) -> None:
    chosen = {"as_of": "2026-03-02T10:00:00.000000Z", "known_at": 3}
    day = {"from_date": "2026-03-02", "to_date": "2026-03-02"}
    first = alder.ask("k-1", parameters=day, **chosen).json()
    assert alder.ask("k-2", parameters=day, **chosen).json()["id"] == first["id"]
    assert (first["as_of"], first["known_at"]) == (chosen["as_of"], 3)


def test_another_entity_does_not_exist(alder: Desk, birch: Desk) -> None:
    parameters = alder.body()["parameters"] | {"entity": str(birch.client.entity_id)}
    problem(alder.ask(parameters=parameters), 404, "NOT_FOUND")
    own = alder.body()["parameters"] | {"entity": str(alder.client.entity_id)}
    assert alder.ask(parameters=own).status_code == 202


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"parameters": {}}, "/parameters/from_date", "FIELD_MISSING"),
        ({"parameters": []}, "/parameters", "FIELD_INVALID"),
        ({"parameters": {"from_date": "2026-03-02", "to_date": "soon"}}, "/parameters/to_date", "FIELD_INVALID"),
        ({"colour": "red"}, "/colour", "UNKNOWN_FIELD"),
        ({"known_at": "3"}, "/known_at", "FIELD_INVALID"),
        ({"known_at": True}, "/known_at", "FIELD_INVALID"),
        ({"known_at": 10**6}, "/known_at", "FIELD_INVALID"),
        ({"as_of": "2026-03-02"}, "/as_of", "FIELD_INVALID"),
        ({"as_of": "9999-01-01T00:00:00.000000Z"}, "/as_of", "FIELD_INVALID"),
        ({"report": None}, "/report", "FIELD_INVALID"),
    ],
)
def test_a_bad_wish_is_refused_with_its_place(alder: Desk, changes: dict, pointer: str, code: str) -> None:
    body = problem(alder.ask(**changes), 400, "REQUEST_INVALID")
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in body["errors"]]
    assert not ReportRun.objects.exists()


def test_an_unknown_report_is_not_found(alder: Desk) -> None:
    problem(alder.ask(report="SAMPLE"), 404, "NOT_FOUND")


def test_asking_takes_the_scope_to_write(day: Day) -> None:
    problem(desk(day, day.alder, ["reports:read"]).ask(), 403, "SCOPE_MISSING")
