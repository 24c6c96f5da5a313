"""What needs a second factor that is fresh: the question, and how the request goes on by itself."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from accounts.models import StaffSession, StaffUser
from core import clock
from core.pages.access import FACTOR_AT, FRESH_FACTOR_SECONDS, SIGNED_IN_AT
from tests.desk import PASSWORD, a_person, code_of_app, enrol_app, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def an_administrator(*, minutes_ago: float = 6) -> tuple[StaffUser, Client, str]:
    """Somebody whose factor was used some minutes ago, and the secret of the app."""
    person = a_person("Anna", role="ADMINISTRATOR")
    secret = enrol_app(person)
    client = signed_in(person)
    session = client.session
    session[SIGNED_IN_AT] = session[FACTOR_AT] = (clock.now() - timedelta(minutes=minutes_ago)).isoformat()
    session.save()
    return person, client, secret


def fields_of(page: bytes) -> dict[str, str]:
    """The hidden fields of the question, as a browser would send them."""
    return {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.decode())
        if name != "csrfmiddlewaretoken"
    }


WISH = {"email": "new@example.com", "name": "Nora <New>", "same_as": ""}


def test_a_page_leads_to_the_question_and_back() -> None:
    _, client, secret = an_administrator()
    led = client.get("/ops/staff/invite?x=1")
    assert led["Location"] == "/ops/step-up?next=%2Fops%2Fstaff%2Finvite%3Fx%3D1"
    form = fields_of(client.get(led["Location"]).content)
    assert form["step_up_to"] == "/ops/staff/invite?x=1"
    answer = client.post("/ops/step-up", form | {"step_up_code": code_of_app(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/ops/staff/invite?x=1")
    assert client.get("/ops/staff/invite?x=1").status_code == 200


def test_a_form_is_answered_with_the_question_and_then_sent_on_with_what_was_typed() -> None:
    _, client, secret = an_administrator()
    asked = client.post("/ops/staff/invite", WISH)
    assert asked.status_code == 403
    assert b"SECOND_FACTOR_NEEDED" in asked.content
    assert not StaffUser.objects.filter(email="new@example.com").exists()
    form = fields_of(asked.content)
    assert {name: form[name] for name in WISH} == WISH
    wrong = client.post("/ops/step-up", form | {"step_up_code": "000000"})
    assert wrong.status_code == 422
    assert fields_of(wrong.content) == form
    on = client.post("/ops/step-up", form | {"step_up_code": code_of_app(secret)})
    # 307: the browser sends the same form to where it was going.
    assert (on.status_code, on["Location"]) == (307, "/ops/staff/invite")
    done = client.post("/ops/staff/invite", form)
    assert done.status_code == 200
    assert StaffUser.objects.get(email="new@example.com").name == "Nora <New>"


def test_a_script_is_told_where_the_question_goes() -> None:
    _, client, _ = an_administrator()
    asked = client.post("/ops/staff/invite", WISH, headers={"HX-Request": "true"})
    assert (asked.status_code, asked["HX-Retarget"]) == (403, "#fault")
    read = client.get("/ops/staff/invite", headers={"HX-Request": "true"})
    assert (read.status_code, read["HX-Redirect"]) == (403, "/ops/step-up?next=%2Fops%2Fstaff%2Finvite")


def test_a_password_is_no_second_factor() -> None:
    _, client, _ = an_administrator()
    for said in ({"step_up_code": PASSWORD}, {"password": PASSWORD}, {"step_up_credential": PASSWORD}, {}):
        assert client.post("/ops/step-up", {"step_up_to": "/ops/staff/invite"} | said).status_code == 422, said
    assert client.post("/ops/staff/invite", WISH).status_code == 403


def test_a_factor_is_fresh_for_five_minutes_and_not_a_second_longer() -> None:
    _, fresh, _ = an_administrator(minutes_ago=(FRESH_FACTOR_SECONDS - 5) / 60)
    assert fresh.get("/ops/staff/invite").status_code == 200
    _, stale, _ = an_administrator(minutes_ago=(FRESH_FACTOR_SECONDS + 1) / 60)
    assert stale.get("/ops/staff/invite").status_code == 302


def test_the_session_goes_on_under_a_new_key() -> None:
    person, client, secret = an_administrator()
    before = client.session.session_key
    client.post("/ops/step-up", {"step_up_code": code_of_app(secret)})
    assert client.session.session_key != before
    assert StaffSession.objects.get().staff == person
    stolen = Client()
    stolen.cookies["countinghouse-session"] = before
    assert stolen.get("/ops/staff").status_code == 302


def test_the_code_of_a_sign_in_does_not_step_up() -> None:
    person = a_person("Anna", role="ADMINISTRATOR")
    code, client = code_of_app(enrol_app(person)), Client()
    client.post("/ops/sign-in", {"email": person.email, "password": PASSWORD})
    client.post("/ops/sign-in/factor", {"code": code})
    assert client.post("/ops/step-up", {"step_up_code": code}).status_code == 422


def test_the_question_leads_to_our_own_pages_only() -> None:
    for waits in ("yes", ""):
        _, client, secret = an_administrator()
        said = {"step_up_code": code_of_app(secret), "step_up_to": "https://evil.example/", "step_up_waits": waits}
        assert client.post("/ops/step-up", said)["Location"] == "/ops/"


def test_who_lacks_the_permission_is_not_even_asked() -> None:
    client = signed_in(a_person(role="DESK"))
    session = client.session
    session[FACTOR_AT] = (clock.now() - timedelta(minutes=9)).isoformat()
    session.save()
    assert client.get("/ops/staff/invite").status_code == 404
    assert client.post("/ops/staff/invite", WISH).status_code == 404
