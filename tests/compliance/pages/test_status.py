"""The status page: what the house found when it looked at itself, for those who read the record."""

import pytest

from accounts.gateways.key_ring import installed_ring
from accounts.gateways.key_store import HOUSE_SUBJECT_ID, installed_keys
from compliance.models import CheckRun
from compliance.pages import status
from core import clock
from core.domain.refusals import Refusal
from tests.desk import a_person, signed_in

pytestmark = pytest.mark.django_db


def ran(kind: str, result: str = "HOLDS", breaches: int = 0, findings: list[dict[str, str]] | None = None) -> CheckRun:
    at = clock.now()
    return CheckRun.objects.create(
        kind=kind, result=result, looked_at=1_234, breaches=breaches, findings=findings or [], began_at=at, ended_at=at
    )


def page(role: str = "AUDITOR") -> str:
    answer = signed_in(a_person(role=role)).get("/ops/status")
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_first_check_it_says_so() -> None:
    text = page()
    assert text.count("not run yet") == 4
    assert "Nothing was checked yet." in text


def test_the_newest_run_of_each_kind_counts_and_its_findings_are_told() -> None:
    ran("BOOKS", "BREACHED", 2, [{"where": "V2 account 7", "what": "balance 3, postings 2"}])
    text = page()
    assert "V2 account 7" in text
    assert "balance 3, postings 2" in text
    ran("BOOKS")
    text = page()
    assert "V2 account 7" not in text
    assert text.count("not run yet") == 3


def test_what_a_finding_says_is_text_and_no_markup() -> None:
    ran("RECORD", "BREACHED", 1, [{"where": "seal 5", "what": "<script>alert(1)</script>"}])
    assert "<script>alert(1)" not in page()


def test_keys_that_wait_for_their_rotation_are_counted() -> None:
    installed_keys().key_for(HOUSE_SUBJECT_ID)
    assert f"Under {installed_ring().current_id}" in page()


def test_a_key_database_that_is_away_is_said_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def count_by_key_id(self) -> dict[str, int]:
            raise Refusal("UNAVAILABLE", status=503)

    monkeypatch.setattr(status, "installed_keys", Away)
    assert "The database of keys does not answer" in page()


def test_it_is_for_those_who_read_the_record() -> None:
    assert signed_in(a_person(role="OPERATIONS")).get("/ops/status").status_code == 404
