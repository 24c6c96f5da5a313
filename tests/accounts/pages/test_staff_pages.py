"""The pages of the members of staff, and what each role finds in the sidebar."""

import re

import pytest
from django.test import Client

from accounts.domain.duties import ROLES, conflicts_of
from accounts.models import ApprovalRequest, StaffUser
from config.backoffice.frame import GROUPS
from tests.desk import a_person, enrol_app, fragment, signed_in
from tests.four_eyes import approve

pytestmark = pytest.mark.django_db(transaction=True)
SCREENS = [screen for _, screens in GROUPS for screen in screens]


def text_of(client: Client, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).content.decode()))


def screens_of(page: str) -> set[str]:
    nav = page.split('aria-label="Screens"')[1].split("</nav>")[0]
    return set(re.findall(r'href="(/ops/[a-z-]+)"', nav))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_finds_its_screens_and_no_other(role: str) -> None:
    client = signed_in(a_person(role=role))
    readable = {f"/ops/{each.name}" for each in SCREENS if not each.permission or each.permission in ROLES[role]}
    foreign = {f"/ops/{each.name}" for each in SCREENS} - readable
    home = client.get("/ops/", follow=True)
    assert home.status_code == 200
    assert screens_of(home.content.decode()) == readable
    for address in readable:
        assert client.get(address).status_code == 200, address
    for address in foreign:
        assert client.get(address).status_code == 404, address


def test_who_has_no_role_finds_the_own_account_alone() -> None:
    client = signed_in(a_person(role=()))
    home = client.get("/ops/", follow=True)
    assert home.redirect_chain[-1][0] == "/ops/me"
    open_to_all = {f"/ops/{each.name}" for each in SCREENS if not each.permission}
    assert screens_of(home.content.decode()) == open_to_all
    assert "no role yet" in home.content.decode()
    assert client.get("/ops/search?q=x")["Location"] == "/ops/"


def test_the_list_says_who_may_what_since_when_and_what_conflicts() -> None:
    both = a_person("Bea Both", role=("OPERATIONS", "TREASURER"))
    enrol_app(both)
    client = signed_in(a_person("Anna", role="ADMINISTRATOR"))
    text = text_of(client, "/ops/staff")
    assert "Bea Both" in text
    assert "Operations, Treasurer" in text
    others = len(conflicts_of({*ROLES["OPERATIONS"], *ROLES["TREASURER"]})) - 1
    assert f"deposit.credit + deposit.approve, {others} more" in text
    only = fragment(client, "/ops/staff?text=bea").content.decode()
    assert "Bea Both" in only
    assert "Anna" not in only
    assert "Nobody matches" in text_of(client, "/ops/staff?status=LEFT")
    page = text_of(client, f"/ops/staff/{both.pk}")
    assert "Duties that ought to be apart: deposit.credit and deposit.approve" in page


def test_a_role_is_asked_for_here_and_decided_elsewhere() -> None:
    administrator = signed_in(a_person("Anna", role="ADMINISTRATOR"))
    person = a_person("Dora", role=())
    address = f"/ops/staff/{person.pk}"
    administrator.post(f"{address}/roles", {"kind": "GRANT", "role": "DESK", "reason": "Joins the desk"})
    request = ApprovalRequest.objects.get()
    assert "Grant asked for, needs 1" in text_of(administrator, address)
    assert f"/ops/approvals/{request.pk}" in administrator.get(address).content.decode()
    assert not StaffUser.objects.get(pk=person.pk).has_permission("desk.read")
    administrator.post(f"{address}/roles", {"kind": "GRANT", "role": "DESK", "reason": "Joins the desk"})
    assert "asked for already" in text_of(administrator, address)
    approve(request.pk)
    assert StaffUser.objects.get(pk=person.pk).has_permission("desk.read")
    administrator.post(f"{address}/roles", {"kind": "END", "role": "DESK", "reason": "Leaves the desk"})
    approve(ApprovalRequest.objects.get(status="PENDING").pk)
    assert "Roles of before" in text_of(administrator, address)


def test_an_administrator_suspends_resumes_invites_again_and_ends() -> None:
    administrator = signed_in(a_person("Anna", role="ADMINISTRATOR"))
    person = a_person("Dora", role="DESK")
    hers, address = signed_in(person), f"/ops/staff/{person.pk}"
    administrator.post(f"{address}/suspend", {"reason": ""})
    assert "Say why" in text_of(administrator, address)
    administrator.post(f"{address}/sessions/end")
    assert hers.get("/ops/me").status_code == 302
    for verb, status in (("suspend", "SUSPENDED"), ("resume", "ACTIVE"), ("end", "LEFT")):
        administrator.post(f"{address}/{verb}", {"reason": "Told so"})
        assert StaffUser.objects.get(pk=person.pk).status == status
    administrator.post(f"{address}/resume", {"reason": "Told so"})
    assert "Not done: Dora is LEFT." in text_of(administrator, address)
    other = a_person("Olga", role="DESK")
    assert "/ops/invitations/" in text_of_post(administrator, f"/ops/staff/{other.pk}/invite")
    assert administrator.post(f"/ops/staff/{other.pk}/promote", {"reason": "x"}).status_code == 404


def text_of_post(client: Client, address: str) -> str:
    return client.post(address, {"reason": "Lost the phone"}).content.decode()


def test_who_only_reads_is_offered_nothing_and_refused_everything() -> None:
    client, person = signed_in(a_person(role="AUDITOR")), a_person("Dora", role="DESK")
    address = f"/ops/staff/{person.pk}"
    page = client.get(address).content.decode()
    assert "<form" not in page.split("<main")[1].split("</main>")[0]
    assert "Invite somebody" not in client.get("/ops/staff").content.decode()
    assert client.get("/ops/staff/invite").status_code == 404
    for verb in ("suspend", "resume", "invite", "end", "roles", "sessions/end"):
        assert client.post(f"{address}/{verb}", {"reason": "x", "role": "DESK"}).status_code == 404, verb
    assert StaffUser.objects.get(pk=person.pk).status == "ACTIVE"


def test_what_is_wrong_with_an_invitation_stands_beside_its_field() -> None:
    client = signed_in(a_person("Anna", role="ADMINISTRATOR"))
    known = a_person("Dora")
    for said, words in (
        ({"email": known.email, "name": "X"}, "has this e-mail address already"),
        ({"email": "nonsense", "name": "X"}, "no e-mail address"),
        ({"email": "new@example.com", "name": "X", "same_as": "nobody@example.com"}, "no such account"),
    ):
        answer = client.post("/ops/staff/invite", said)
        assert (answer.status_code, words in answer.content.decode()) == (422, True), words
    done = client.post("/ops/staff/invite", {"email": "new@example.com", "name": "X", "same_as": known.email})
    assert done.status_code == 200
    assert StaffUser.objects.get(email="new@example.com").person_id == known.person_id
