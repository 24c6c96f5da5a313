"""Statements at the desk: the list, one with its figures, issuing, issuing again, and taking it on the record."""

import re
from datetime import timedelta

import pytest

from accounts.models import Entity
from accounts.operations.keep_details import keep_details
from core.models import AuditEntry
from settlement.models import ClientStatement
from tests.compliance.statements.conftest import MONDAY, Stated, a_statement
from tests.compliance.statements.reading import pages_of
from tests.desk import a_person, signed_in
from tests.settlement.statements.closing import close_until

DAY = timedelta(days=1)


def plain(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


def test_the_list_and_one_with_its_figures(stated: Stated) -> None:
    browser = signed_in()
    listed = plain(browser.get("/ops/statements"))
    for words in ("2026-0001", "Alder", "2026-03-02", "Issue a statement"):
        assert words in listed, words
    assert "2026-0001" not in plain(browser.get("/ops/statements?text=nobody"))
    page = plain(browser.get(f"/ops/statements/{stated.statement.pk}"))
    for words in ("Statement 2026-0001", "1,000.00", "300.60", "699.40", "BTC-USD", "Nobody has taken it yet"):
        assert words in page, words


def test_it_is_issued_by_hand_and_refused_beside_the_field(stated: Stated) -> None:
    browser = signed_in()
    assert 'name="period_end"' in browser.get("/ops/statements/issue").content.decode()
    wish = {"profile": str(stated.client.profile_id), "period_start": "2026-03-02", "period_end": "2026-03-03"}
    refused = browser.post("/ops/statements/issue", wish)
    assert (refused.status_code, "is not closed" in plain(refused)) == (422, True)
    close_until(MONDAY + DAY)
    taken = browser.post("/ops/statements/issue", wish)
    issued = ClientStatement.objects.get(period_end=MONDAY + DAY)
    assert taken["Location"] == f"/ops/statements/{issued.pk}"
    assert issued.issued_by_kind == "PERSON"
    again = browser.post("/ops/statements/issue", wish)
    assert (again.status_code, "was stated before" in plain(again)) == (422, True)
    for profile, words in (("nobody", "no profile of this"), ("main", "Several profiles")):
        assert words in plain(browser.post("/ops/statements/issue", wish | {"profile": profile}))


def test_it_is_issued_again_where_it_changed_and_each_leads_to_the_other(stated: Stated) -> None:
    browser = signed_in()
    address = f"/ops/statements/{stated.statement.pk}"
    unchanged = browser.post(f"{address}/reissue", {"reason": "A deposit came late."})
    assert (unchanged.status_code, "nothing is to correct" in plain(unchanged)) == (409, True)
    assert browser.post(f"{address}/reissue", {"reason": "late"}).status_code == 422
    stated.world.deposit(stated.client, "USD", "5.00")
    close_until(MONDAY + DAY)
    browser.post(f"{address}/reissue", {"reason": "A deposit came late."})
    new = ClientStatement.objects.get(supersedes=stated.statement)
    old_page, new_page = plain(browser.get(address)), plain(browser.get(f"/ops/statements/{new.pk}"))
    assert "Corrected by 2026-0002 : A deposit came late." in old_page
    assert "Issue again" not in old_page
    assert "with what came later 704.40" in new_page
    assert "Superseded" in plain(browser.get("/ops/statements"))


def test_each_taking_is_on_the_record_and_on_the_page(stated: Stated) -> None:
    person = a_person("Maria Ops")
    browser = signed_in(person)
    address = f"/ops/statements/{stated.statement.pk}"
    for kind, starts in (
        ("pdf", b"%PDF"),
        ("csv", b"statement,"),
        ("sheet", b"\xef\xbb\xbfstatement,"),
        ("json", b"{"),
    ):
        answer = browser.get(f"{address}/content/{kind}")
        assert answer.content.startswith(starts)
        assert answer["Content-Disposition"].startswith("attachment; ")
    assert browser.get(f"{address}/content/xls").status_code == 404
    taken = AuditEntry.objects.filter(action="compliance.client_statement.download")
    assert [entry.actor_id for entry in taken] == [person.pk] * 4
    page = plain(browser.get(address))
    assert "Maria Ops sheet.csv" in page


def test_a_natural_persons_statement_names_it_and_is_given_to_few(stated: Stated) -> None:
    client = stated.world.client("Nell", USD="3.00")
    entity = Entity.objects.get(pk=client.entity_id)
    holder = entity.identities.get()
    keep_details(subject_id=holder.subject_id, details={"full_name": "Nell Häkkinen"}, at=stated.world.at)
    Entity.objects.filter(pk=entity.pk).update(kind="PERSON", legal_name="")
    close_until(MONDAY + DAY)
    statement = a_statement(client, MONDAY + DAY)
    assert "Häkkinen" not in str(ClientStatement.objects.filter(pk=statement.pk).values())
    for role, status in (("OPERATIONS", 404), ("VIEWER", 404), ("COMPLIANCE", 200)):
        browser = signed_in(a_person(role=role))
        page = plain(browser.get(f"/ops/statements/{statement.pk}"))
        assert ("only who may see personal details" in page) == (status == 404)
        assert "Häkkinen" not in page
        assert browser.get(f"/ops/statements/{statement.pk}/content/pdf").status_code == status, role
    said = [
        text for each in pages_of(browser.get(f"/ops/statements/{statement.pk}/content/pdf").content) for text in each
    ]
    assert "Nell Häkkinen" in said


@pytest.mark.parametrize("role", ["VIEWER", "TREASURER"])
def test_who_may_only_read_issues_nothing(stated: Stated, role: str) -> None:
    browser = signed_in(a_person(role=role))
    page = plain(browser.get(f"/ops/statements/{stated.statement.pk}"))
    assert "Issue again" not in page
    assert "Issue a statement" not in plain(browser.get("/ops/statements"))
    assert browser.get("/ops/statements/issue").status_code == 404
    assert (
        browser.post(f"/ops/statements/{stated.statement.pk}/reissue", {"reason": "A long reason."}).status_code == 404
    )
