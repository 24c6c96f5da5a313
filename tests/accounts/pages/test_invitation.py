"""Somebody comes in for the first time, by the link of an invitation."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from accounts.gateways.factor_library import PURPOSE
from accounts.gateways.key_store import open_text
from accounts.models import StaffInvitation, StaffSession, StaffUser
from accounts.operations.invite_staff import invite_staff
from accounts.pages.entering import NEW_SECRET
from core import clock
from core.operations.record_audit import SYSTEM
from tests.desk import PASSWORD, a_person, code_of_app, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def a_link() -> str:
    with transaction.atomic(durable=True):
        invited = invite_staff(email="new@example.com", name="Nora New", actor=SYSTEM, at=clock.now())
    return f"/ops/invitations/{invited.token}"


def secret_of(client: Client) -> str:
    return open_text(client.session[NEW_SECRET], purpose=PURPOSE)


def test_an_administrator_gets_the_link_and_the_person_comes_in_by_it() -> None:
    administrator = signed_in(a_person("Anna", role="ADMINISTRATOR"))
    invited = administrator.post("/ops/staff/invite", {"email": "new@example.com", "name": "Nora New"})
    link = re.search(r"http://testserver(/ops/invitations/[\w-]+)", invited.content.decode())
    assert link is not None
    client = Client()
    opened = client.get(link[1])
    # The token is out of the address bar at once.
    assert opened["Location"] == "/ops/join"
    form = client.get("/ops/join").content.decode()
    assert "Nora New" in form
    assert 'src="data:image/svg+xml;base64,' in form
    before = client.session.session_key
    done = client.post("/ops/join", {"password": PASSWORD, "code": code_of_app(secret_of(client))})
    assert done.status_code == 200
    assert len(re.findall(r"<li><code>\d{5} \d{5}</code></li>", done.content.decode())) == 10
    assert client.session.session_key != before
    assert client.get("/ops/me").status_code == 200
    assert client.get("/ops/", follow=True).redirect_chain[-1][0] == "/ops/me"
    for page in (link[1], "/ops/join"):
        over = Client().get(page)
        assert (over.status_code, b"This invitation is over" in over.content) == (404, True)


def test_what_is_wrong_stands_beside_its_field_and_the_same_drawing_stays() -> None:
    client = Client()
    client.get(a_link())
    client.get("/ops/join")
    secret = secret_of(client)
    weak = client.post("/ops/join", {"password": "short", "code": code_of_app(secret)})
    assert (weak.status_code, b"too short" in weak.content) == (422, True)
    wrong = client.post("/ops/join", {"password": PASSWORD, "code": "000000"})
    assert (wrong.status_code, b"not the code that the app shows" in wrong.content) == (422, True)
    assert secret_of(client) == secret
    assert StaffUser.objects.get().status == "INVITED"
    assert client.post("/ops/join", {"password": PASSWORD, "code": code_of_app(secret)}).status_code == 200


def test_no_page_of_the_house_opens_before_the_second_factor_is_there() -> None:
    client = Client()
    client.get(a_link())
    for page in ("/ops/", "/ops/blotter", "/ops/me", "/ops/step-up"):
        assert client.get(page, follow=True).redirect_chain[-1][0].startswith("/ops/sign-in"), page
    assert client.post("/ops/passkeys/make").json()["publicKey"]["user"]["name"] == "new@example.com"


def test_a_link_that_is_too_old_or_none_opens_nothing() -> None:
    link = a_link()
    StaffInvitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    for address in (link, "/ops/invitations/nonsense", "/ops/join"):
        assert Client().get(address).status_code == 404, address
    client = Client()
    client.post("/ops/join", {"password": PASSWORD, "code": "000000"})
    assert not StaffSession.objects.exclude(staff=None).exists()


def test_what_the_database_keeps_of_an_invitation_opens_nothing() -> None:
    a_link()
    kept = StaffInvitation.objects.get().token_sha256
    assert Client().get(f"/ops/invitations/{kept}").status_code == 404


def test_a_link_that_somebody_sends_does_not_sign_one_out() -> None:
    link, person = a_link(), a_person("Anna", role="DESK")
    client = signed_in(person)
    kept = client.session.session_key
    for address in (link, "/ops/invitations/nonsense"):
        client.get(address)
        assert client.session.session_key == kept
        assert client.get("/ops/me").status_code == 200
    asked = client.get(link)
    assert (asked.status_code, b"You are signed in" in asked.content) == (409, True)
    client.post("/ops/sign-out")
    assert client.get(link)["Location"] == "/ops/join"
