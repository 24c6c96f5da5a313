"""My account: where I am signed in, my second factors, my password."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from accounts.gateways.factor_library import PURPOSE
from accounts.gateways.key_store import open_text
from accounts.models import StaffSession, StaffUser
from accounts.pages.entering import NEW_SECRET
from core.models import AuditEntry
from tests.desk import PASSWORD, a_person, code_of_app, enrol_app, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
NEW_PASSWORD = "another harbour, at dusk"


def keys_on(client: Client) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{64})"', client.get("/ops/me").content.decode())


def test_one_session_is_ended_and_then_all_others() -> None:
    person, stranger = a_person(), signed_in(a_person())
    here, laptop, phone = signed_in(person), signed_in(person), signed_in(person)
    others = keys_on(here)
    assert len(others) == 2
    assert "this one" in here.get("/ops/me").content.decode()
    here.post("/ops/me/sessions/end", {"session": others[0]})
    assert sorted(each.get("/ops/me").status_code for each in (laptop, phone)) == [200, 302]
    here.post("/ops/me/sessions/end")
    assert [each.get("/ops/me").status_code for each in (laptop, phone, here, stranger)] == [302, 302, 200, 200]
    assert AuditEntry.objects.filter(action="accounts.staff_user.end_sessions").count() == 2


def test_nobody_ends_anothers_session() -> None:
    stranger = signed_in(a_person())
    theirs = StaffSession.objects.get().session_key
    signed_in().post("/ops/me/sessions/end", {"session": theirs})
    assert stranger.get("/ops/me").status_code == 200


def test_an_app_takes_the_place_of_the_one_before() -> None:
    person = a_person()
    old = enrol_app(person)
    client = signed_in(person)
    client.get("/ops/me/app")
    new = open_text(client.session[NEW_SECRET], purpose=PURPOSE)
    assert client.post("/ops/me/app", {"code": code_of_app(old)}).status_code == 422
    assert client.post("/ops/me/app", {"code": code_of_app(new)})["Location"] == "/ops/me"
    assert Authenticator.objects.filter(user=person, type="totp").count() == 1
    assert client.post("/ops/step-up", {"step_up_code": code_of_app(old, 1)}).status_code == 422
    assert client.post("/ops/step-up", {"step_up_code": code_of_app(new, 1)}).status_code == 302


def test_the_last_factor_stays() -> None:
    person = a_person()
    enrol_app(person)
    app = Authenticator.objects.get()
    client = signed_in(person)
    assert "your only second factor" in client.get("/ops/me").content.decode()
    client.post(f"/ops/me/factors/{app.pk}/remove")
    assert "Not removed" in client.get("/ops/me").content.decode()
    key = Authenticator.objects.create(user=person, type="webauthn", data={"name": "Key ring", "credential": {}})
    stranger = signed_in(a_person())
    assert stranger.post(f"/ops/me/factors/{key.pk}/remove").status_code == 404
    client.post(f"/ops/me/factors/{key.pk}/remove")
    assert list(Authenticator.objects.all()) == [app]


def test_new_recovery_codes_are_shown_once_and_end_the_old_ones() -> None:
    person = a_person()
    enrol_app(person)
    old = RecoveryCodes.activate(person).get_unused_codes()[0]
    client = signed_in(person)
    shown = client.post("/ops/me/recovery-codes").content.decode()
    codes = [code.replace(" ", "") for code in re.findall(r"<code>(\d{5} \d{5})</code>", shown)]
    assert len(codes) == 10
    assert "10 recovery codes left" in client.get("/ops/me").content.decode()
    assert codes[0] not in client.get("/ops/me").content.decode()
    assert client.post("/ops/step-up", {"step_up_code": old}).status_code == 422
    assert client.post("/ops/step-up", {"step_up_code": codes[0]}).status_code == 302
    assert "9 recovery codes left" in client.get("/ops/me").content.decode()


def test_a_new_password_ends_the_other_sessions() -> None:
    person = a_person()
    enrol_app(person)
    here, elsewhere = signed_in(person), signed_in(person)
    for weak in ("short", "password1234", person.email):
        assert here.post("/ops/me/password", {"password": weak}).status_code == 422, weak
    assert here.post("/ops/me/password", {"password": NEW_PASSWORD})["Location"] == "/ops/me"
    assert (here.get("/ops/me").status_code, elsewhere.get("/ops/me").status_code) == (200, 302)
    person = StaffUser.objects.get(pk=person.pk)
    assert (person.check_password(NEW_PASSWORD), person.check_password(PASSWORD)) == (True, False)
