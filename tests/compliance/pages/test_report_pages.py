"""Reports as somebody of the house asks for them, watches them being made, and takes their files."""

import hashlib
import re
from pathlib import Path
from uuid import UUID

import pytest
from django.http import HttpResponse

from compliance.gateways.installed import installed_keys, installed_store
from compliance.models import ReportDownload, ReportFile, ReportRun
from tests.compliance.reporting import Day, seal, trading_day, write
from tests.desk import a_person, fragment, signed_in


@pytest.fixture
def day(transactional_db: None, settings, tmp_path: Path) -> Day:
    settings.REPORT_DIR, settings.REPORT_KEYS_DIR = tmp_path / "reports", tmp_path / "keys"
    made = trading_day()
    seal()
    return made


def plain(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def wish(day: Day, **changes: str) -> dict[str, str]:
    return {"from_date": str(day.date), "to_date": str(day.date), "reason": "For the file"} | changes


def test_the_catalogue_says_what_each_report_is(day: Day) -> None:
    client = signed_in()
    text = plain(client.get("/ops/reports"))
    assert "ORDER_AUDIT_TRAIL" in text
    assert "PROFILE_BALANCES" in text
    assert "No runs yet" in text
    form = client.get("/ops/reports/ORDER_AUDIT_TRAIL").content.decode()
    assert 'name="from_date"' in form
    assert "market_sequence" in form
    assert client.get("/ops/reports/NO_SUCH").status_code == 404


def test_a_run_is_asked_for_watched_and_its_files_taken(day: Day) -> None:
    person = a_person()
    client = signed_in(person)
    asked = client.post("/ops/reports/ORDER_AUDIT_TRAIL", wish(day))
    run = ReportRun.objects.get()
    assert asked["Location"] == f"/ops/reports/runs/{run.id}"
    assert (run.requested_by, run.request_reason) == (person.id, "For the file")
    waiting = client.get(asked["Location"]).content.decode()
    assert "Queued" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    write(run.id, installed_store(), installed_keys())
    ready = fragment(client, asked["Location"], "object").content.decode()
    assert "Ready" in ready
    assert "hx-trigger" not in ready
    files = ReportFile.objects.filter(run=run)
    assert files.count() == 4
    for file in files:
        link = f"/ops/reports/runs/{run.id}/files/{file.name}"
        assert f'href="{link}"' in ready
        taken = client.get(link)
        body = b"".join(taken.streaming_content)
        taken.close()
        assert hashlib.sha256(body).hexdigest() == file.sha256
        assert taken["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert {each.actor_id for each in ReportDownload.objects.all()} == {person.id}
    assert ReportDownload.objects.filter(is_complete=True).count() == 4
    assert "Nobody has taken" not in plain(client.get(asked["Location"]))
    assert client.get(f"/ops/reports/runs/{run.id}/files/other.csv").status_code == 404


def test_what_is_wrong_stands_beside_its_parameter(day: Day) -> None:
    client = signed_in()
    answer = client.post("/ops/reports/ORDER_AUDIT_TRAIL", wish(day, from_date="2026-13-01", entity="nobody"))
    text = answer.content.decode()
    assert answer.status_code == 422
    for field, said in (("from_date", "Not a date."), ("entity", "Not a entity.")):
        block = text[text.index(f'id="id_{field}"') :]
        assert said in block[: block.index("</div>")]
    assert 'value="2026-13-01"' in text
    later = client.post("/ops/reports/PROFILE_BALANCES", {"business_date": "2999-01-01", "reason": ""})
    assert later.status_code == 422
    assert "The day has not begun." in plain(later)
    assert not ReportRun.objects.exists()


def test_an_entity_that_is_not_there_is_refused_in_the_form(day: Day) -> None:
    nobody = "01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9"
    answer = signed_in().post("/ops/reports/ORDER_AUDIT_TRAIL", wish(day, entity=nobody))
    assert answer.status_code == 422
    assert "There is no such entity." in plain(answer)


def test_the_same_wish_leads_to_the_same_run(day: Day) -> None:
    client = signed_in()
    body = {"business_date": "2026-01-05", "reason": ""}
    first = client.post("/ops/reports/PROFILE_BALANCES", body)["Location"]
    run = ReportRun.objects.get(id=UUID(first.rpartition("/")[2]))
    # The record has grown by the wish itself, so only the same bound of it is the same wish.
    again = client.post("/ops/reports/PROFILE_BALANCES", body)["Location"]
    other = ReportRun.objects.get(id=UUID(again.rpartition("/")[2]))
    assert (first == again) == (run.known_at == other.known_at)
    assert run.as_of == other.as_of
