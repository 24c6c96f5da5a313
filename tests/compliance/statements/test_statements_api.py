"""GET /v1/statements, its one and its content: the entity's own, as PDF, CSV and JSON, each taking on the record."""

import hashlib
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from core.models import AuditEntry
from tests.compliance.statements.conftest import MONDAY, Stated, a_statement
from tests.settlement.statements.closing import close_until

DAY = timedelta(days=1)


def test_a_client_reads_its_statements_and_nobody_elses(stated: Stated) -> None:
    found = stated.api.get("/statements").json()["items"]
    assert [each["id"] for each in found] == [str(stated.statement.pk)]
    one = stated.api.get(f"/statements/{stated.statement.pk}").json()
    assert one == found[0]
    assert (one["number"], one["supersedes_id"], one["reason"], one["value"]) == ("2026-0001", None, None, None)
    usd = one["assets"][1]
    assert (usd["asset"], usd["opening"], usd["credits"], usd["debits"], usd["closing"]) == (
        "USD", "0.000000", "1000.000000", "300.600000", "699.400000",
    )  # fmt: skip
    assert stated.stranger.get("/statements").json()["items"] == []
    for path in (f"/statements/{stated.statement.pk}", f"/statements/{stated.statement.pk}/content?format=pdf"):
        assert stated.stranger.get(path).status_code == 404
    assert AuditEntry.objects.filter(action="compliance.client_statement.download").count() == 0


def test_they_are_filtered_by_profile_period_and_number(stated: Stated) -> None:
    close_until(MONDAY + DAY)
    later = a_statement(stated.client, MONDAY + DAY)
    for query, count in (
        (f"profile_id={stated.client.profile_id}", 2), (f"profile_id={uuid4()}", 0), ("number=2026-0002", 1),
        ("period_end=2026-03-02", 1), ("period_end.gte=2026-03-03", 1), ("period_start.lte=2026-03-03", 2),
        (f"id={later.pk}", 1), ("issued_at.gte=2026-03-04T00:00:00.000000Z", 1),
    ):  # fmt: skip
        assert len(stated.api.get(f"/statements?{query}").json()["items"]) == count, query
    for query in ("period_end=2026-3-2", "period_end=20260302", "period_end=soon", "colour=red", "number=a%20b"):
        assert stated.api.get(f"/statements?{query}").json()["code"] == "FILTER_INVALID", query


@pytest.mark.parametrize(
    ("name", "media_type", "starts"), [("pdf", "application/pdf", b"%PDF-1."), ("csv", "text/csv", b"statement,line_type"),
    ("json", "application/json", b'{"assets":')],
)  # fmt: skip
def test_each_format_is_a_file_with_its_hash_on_the_record(
    stated: Stated, name: str, media_type: str, starts: bytes
) -> None:
    path = f"/statements/{stated.statement.pk}/content?format={name}"
    answers = [stated.api.get(path) for _ in range(2)]
    assert answers[0].content == answers[1].content
    answer = answers[0]
    assert answer.content.startswith(starts)
    assert answer["Content-Type"].startswith(media_type)
    assert answer["Content-Disposition"] == f'attachment; filename="statement-main-2026-0001.{name}"'
    assert answer["X-Content-SHA256"] == hashlib.sha256(answer.content).hexdigest()
    taken = AuditEntry.objects.filter(action="compliance.client_statement.download", object_id=str(stated.statement.pk))
    assert [{each["field"]: each["after"] for each in entry.changes} for entry in taken] == [
        {"format": name, "sha256": answer["X-Content-SHA256"]}
    ] * 2
    assert {entry.actor_kind for entry in taken} == {"CREDENTIAL"}
    assert stated.api.request("HEAD", path).content == b""
    assert taken.count() == 2, "whoever asks for the head takes nothing"


def test_another_format_is_not_known(stated: Stated) -> None:
    for query in ("?format=", "?format=xls", "?format=pdf&as=x", "?format=PDF", "?format=pdf&format=csv"):
        answer = stated.api.get(f"/statements/{stated.statement.pk}/content{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "FILTER_INVALID"), query
    assert json.loads(answer.content)["errors"][0]["pointer"] == "?format"


def test_without_a_word_it_is_paper(stated: Stated) -> None:
    assert stated.api.get(f"/statements/{stated.statement.pk}/content").content.startswith(b"%PDF")
