"""The audit as somebody of the house reads it: found by who, what, when; one entry with its seal; the list to take along."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse

from compliance.gateways.installed import installed_checkpoints, installed_keys
from compliance.operations.sign_checkpoint import sign_checkpoint
from core.clock import now
from core.ids import new_id
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor, record_audit
from tests.compliance.reporting import seal
from tests.desk import a_person, fragment, signed_in

LIST = "/ops/audit"


@pytest.fixture(autouse=True)
def places(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    settings.CHECKPOINT_DIR, settings.REPORT_KEYS_DIR = tmp_path / "checkpoints", tmp_path / "keys"


def an_entry(action: str = "trading.market.open", *, actor: Actor = SYSTEM, **parts: Any) -> AuditEntry:
    told = {
        "object_type": "trading.market",
        "object_id": new_id(),
        "changes": [{"field": "phase", "before": "OPEN", "after": "HALTED"}],
        "reason": "Tests",
    } | parts
    record_audit(actor=actor, action=action, at=now(), **told)
    return AuditEntry.objects.latest("pk")


def an_auditor() -> Any:
    return signed_in(a_person("Ada Auditor", role="AUDITOR"))


def ids_of(answer: HttpResponse) -> list[str]:
    return re.findall(r'href="/ops/audit/([0-9a-f-]{36})"', answer.content.decode())


def plain(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def publish() -> None:
    seal()
    sign_checkpoint(store=installed_checkpoints(), keys=installed_keys(), origin="countinghouse/seals", at=now())


def test_who_may_not_read_the_audit_finds_no_page() -> None:
    entry = an_entry()
    for role in ("OPERATIONS", "DESK", "ADMINISTRATOR"):
        client = signed_in(a_person(role=role))
        for address in (LIST, f"{LIST}/{entry.pk}", f"{LIST}/{entry.pk}/proof", f"{LIST}/export"):
            assert client.get(address).status_code == 404, (role, address)
    assert not AuditEntry.objects.filter(action="compliance.list.export").exists()
    assert an_auditor().get(LIST).status_code == 200
    assert signed_in(a_person(role="COMPLIANCE")).get(LIST).status_code == 200


def test_an_entry_says_who_what_whence_and_how_it_is_sealed() -> None:
    person = a_person("Olga Operator", role="OPERATIONS")
    actor = Actor("PERSON", person.pk, request_id="req-12345678", source_ip="192.0.2.7")
    entry = an_entry(actor=actor, object_version=3, approval_id=new_id())
    client = an_auditor()
    listed = plain(client.get(LIST))
    for word in ("Olga Operator", "trading.market.open", "Phase OPEN HALTED", "192.0.2.7", "waits"):
        assert word in listed, word
    waiting = plain(client.get(f"{LIST}/{entry.pk}"))
    assert "Waits for its seal" in waiting
    assert client.get(f"{LIST}/{entry.pk}/proof").status_code == 409

    publish()
    told = plain(client.get(f"{LIST}/{entry.pk}"))
    for word in (
        "Olga Operator",
        "req-12345678",
        "192.0.2.7",
        "Version after 3",
        "HALTED",
        "Leaf hash",
        "seals of countinghouse",
    ):
        assert word in told, word
    assert str(entry.approval_id) in told


def test_the_proof_is_a_file_that_the_command_believes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import call_command

    entry = an_entry()
    publish()
    answer = an_auditor().get(f"{LIST}/{entry.pk}/proof")
    assert answer["Content-Disposition"] == f'attachment; filename="proof-{entry.pk}.json"'
    file = tmp_path / "proof.json"
    file.write_bytes(answer.content)
    (key,) = (tmp_path / "keys" / "published").glob("*.pem")
    call_command("verify_proof", str(file), "--public-key", str(key))
    assert "good: AUDIT_ENTRY" in capsys.readouterr().out
    assert json.loads(answer.content)["record"]["action"] == entry.action


def test_an_unknown_entry_is_not_there() -> None:
    client = an_auditor()
    assert client.get(f"{LIST}/{new_id()}").status_code == 404
    assert client.get(f"{LIST}/{new_id()}/proof").status_code == 404


def test_each_filter_finds_its_own() -> None:
    person = a_person("Paula Person", role="DESK")
    thing = new_id()
    by_person = an_entry("trading.order.cancel", actor=Actor("PERSON", person.pk), object_type="trading.order")
    by_house = an_entry("settlement.break.close", object_type="settlement.break", object_id=thing)
    by_request = an_entry(actor=Actor("SYSTEM", None, request_id="req-9"))
    client = an_auditor()
    for query, entry in (
        ("action=trading.order.cancel", by_person),
        ("action=trading.order", by_person),
        ("actor=paula", by_person),
        (f"actor={person.pk}", by_person),
        ("actor=PERSON", by_person),
        ("object=settlement.break", by_house),
        (f"object={thing}", by_house),
        ("request=req-9", by_request),
        (f"action=trading.market&day={now():%Y-%m-%d}", by_request),
    ):
        found = client.get(f"{LIST}?{query}")
        assert ids_of(found) == [str(entry.pk)], query
        assert ids_of(fragment(client, f"{LIST}?{query}")) == [str(entry.pk)]
    for nothing in ("actor=nobody", "day=2020-01-01", "object=trading.nothing", "request=x", "action=a.b.c"):
        assert "No entries match" in plain(client.get(f"{LIST}?{nothing}"))


def test_a_day_that_is_none_is_said_so_and_binds_nothing() -> None:
    an_entry()
    client = an_auditor()
    for day in ("yesterday", "2026-02-30", "9999-12-31", "0001-01-01"):
        answer = client.get(f"{LIST}?day={day}")
        assert answer.status_code == 200
        assert "A day is written" in plain(answer)
        assert client.get(f"{LIST}/export?day={day}").status_code == 422
    assert client.get(f"{LIST}?after=nonsense").status_code == 404
    assert client.get(f"{LIST}?actor=%00&object=%00&action=%00").status_code == 400


def test_a_long_list_goes_on_by_pages_with_its_filters(django_assert_max_num_queries: Any) -> None:
    for _ in range(120):
        an_entry()
    an_entry("settlement.break.close")
    client = an_auditor()
    client.get(LIST)
    # The frame takes seven of them: session, person, rights, what waits for approval, and the session's new end.
    with django_assert_max_num_queries(10):
        first = client.get(f"{LIST}?action=trading.market.open")
    assert len(ids_of(first)) == 100
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
    second = client.get(LIST + older.replace("&amp;", "&"))
    assert len(ids_of(second)) == 20
    assert not set(ids_of(first)) & set(ids_of(second))


def read_export(answer: HttpResponse) -> list[dict[str, str]]:
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert body.startswith(b"\xef\xbb\xbf")
    text = body.decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_export_is_the_list_in_its_order_and_an_entry_of_its_own() -> None:
    first, second = an_entry(), an_entry(reason='says "so",\r\nand more')
    an_entry("settlement.break.close")
    person = a_person("Ada Auditor", role="AUDITOR")
    answer = signed_in(person).get(f"{LIST}/export?action=trading.market")
    rows = read_export(answer)
    assert [row["audit_id"] for row in rows] == [str(second.pk), str(first.pk)]
    assert rows[0]["reason"] == 'says "so",\r\nand more'
    assert json.loads(rows[1]["changes"]) == first.changes
    assert re.fullmatch(r'attachment; filename="audit-\d{8}T\d{6}Z-\d+\.sheet\.csv"', answer["Content-Disposition"])
    taken = AuditEntry.objects.get(action="compliance.list.export")
    assert (taken.actor_id, taken.object_type) == (person.pk, "core.audit_entry")
    assert {"field": "action", "before": None, "after": "trading.market"} in taken.changes
    assert taken.request_id == answer["X-Request-ID"]


def test_nothing_that_is_taken_along_runs_in_a_spreadsheet() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\uff1d1"):
        an_entry(reason=text, object_id=text[:8], actor=Actor("SYSTEM", None, request_id=text))
    rows = read_export(an_auditor().get(f"{LIST}/export"))
    for row in rows:
        for name in ("reason", "object_id", "request_id"):
            assert row[name].startswith("'"), row


def test_a_long_export_comes_in_pieces_and_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from compliance.pages import audit

    monkeypatch.setattr(audit, "EXPORTED_AT_A_TIME", 7)
    entries = [an_entry() for _ in range(21)]
    rows = read_export(an_auditor().get(f"{LIST}/export?action=trading.market"))
    assert [row["audit_id"] for row in rows] == [str(entry.pk) for entry in reversed(entries)]
    monkeypatch.setattr(audit, "MOST_EXPORTED", 10)
    assert len(read_export(an_auditor().get(f"{LIST}/export?action=trading.market"))) == 10
