"""Who comes in, and what the door says to everybody else."""

import re
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client

from accounts.domain.secrets import secret_sha256
from accounts.models import StaffSession, StaffUser
from accounts.operations.admit_sign_in import PACES, admit_sign_in
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import SIGNED_IN_AT
from tests.desk import PASSWORD, a_person, code_of_app, enrol_app, signed_in

PAGES = [
    "/ops/",
    "/ops/blotter",
    "/ops/trades",
    "/ops/markets",
    "/ops/markets/BTC-USD",
    "/ops/orders/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9",
    "/ops/deposits",
    "/ops/deposits/credit",
    "/ops/ledger",
    "/ops/ledger/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9",
    "/ops/reconciliation",
    "/ops/reconciliation/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9",
    "/ops/reports",
    "/ops/reports/ORDER_AUDIT_TRAIL",
    "/ops/reports/runs/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9",
    "/ops/reports/runs/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9/files/x",
    "/ops/search?q=x",
    "/ops/me",
    "/ops/me/app",
    "/ops/me/passkey",
    "/ops/me/password",
    "/ops/step-up",
    "/ops/staff",
    "/ops/staff/invite",
    "/ops/staff/01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9",
]


def sign_in(client: Client, email: str, password: str, to: str = "") -> HttpResponse:
    return client.post("/ops/sign-in", {"email": email, "password": password, "next": to})


def second(client: Client, code: str) -> HttpResponse:
    return client.post("/ops/sign-in/factor", {"code": code})


def sessions_of(key: str) -> QuerySet[StaffSession]:
    return StaffSession.objects.filter(session_key=secret_sha256(key))


@pytest.mark.django_db(transaction=True)
def test_a_person_signs_in_and_comes_to_the_page_that_was_asked_for() -> None:
    person, client = a_person(), Client()
    secret = enrol_app(person)
    asked = client.get("/ops/markets?after=")
    assert asked["Location"] == "/ops/sign-in?next=%2Fops%2Fmarkets%3Fafter%3D"
    before = client.get(asked["Location"])
    assert b'value="/ops/markets?after="' in before.content
    answer = sign_in(client, person.email.upper(), PASSWORD, "/ops/markets?after=")
    assert (answer.status_code, answer["Location"]) == (302, "/ops/sign-in/factor")
    assert client.get("/ops/markets").status_code == 302
    assert b"Code of your app" in client.get("/ops/sign-in/factor").content
    answer = second(client, code_of_app(secret))
    assert (answer.status_code, answer["Location"]) == (302, "/ops/markets?after=")
    assert client.get("/ops/markets").status_code == 200
    assert client.get("/ops/sign-in")["Location"] == "/ops/"


@pytest.mark.django_db(transaction=True)
def test_signing_in_changes_the_session_and_signing_out_ends_it() -> None:
    person, client = a_person(), Client()
    secret = enrol_app(person)
    planted = client.session
    planted["from"] = "somebody else"
    planted.save()
    sign_in(client, person.email, PASSWORD)
    half = client.session.session_key
    second(client, code_of_app(secret))
    kept = client.session.session_key
    assert len({planted.session_key, half, kept}) == 3
    assert not sessions_of(planted.session_key).exists()
    assert not sessions_of(half).exists()
    assert sessions_of(kept).get().staff == person
    assert "from" not in client.session
    assert client.get("/ops/sign-out").status_code == 405
    client.post("/ops/sign-out")
    assert not sessions_of(kept).exists()
    assert client.get("/ops/blotter").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_nobody_learns_from_the_answer_who_works_here() -> None:
    person = a_person()
    suspended = a_person()
    StaffUser.objects.filter(id=suspended.id).update(status="SUSPENDED")
    answers = []
    for email, password in (
        (person.email, "wrong"),
        ("nobody@example.com", PASSWORD),
        (suspended.email, PASSWORD),
        ("", ""),
    ):
        answer = sign_in(Client(), email, password)
        answers.append((answer.status_code, answer.content.decode().replace(email, "") if email else ""))
    assert {status for status, _ in answers} == {422}
    said = [text for _, text in answers if text]
    plain = {re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text) for text in said}
    assert len(plain) == 1
    assert "E-mail or password is wrong" in plain.pop()


@pytest.mark.django_db(transaction=True)
def test_guessing_is_slowed_down_even_with_the_right_password_at_the_end() -> None:
    person, client = a_person(), Client()
    burst = PACES["email"][1]
    for _ in range(burst):
        assert sign_in(client, person.email, "wrong").status_code == 422
    late = sign_in(client, person.email, PASSWORD)
    assert late.status_code == 429
    assert b"Too many tries" in late.content
    assert sign_in(client, a_person().email, PASSWORD).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_tries_come_back_one_by_one() -> None:
    at = clock.now()
    seconds, burst = PACES["email"]

    def tries(when: object) -> int:
        count = 0
        while True:
            try:
                admit_sign_in(email="a@example.com", address=f"10.0.0.{count}", at=when)
            except Refusal as refusal:
                assert (refusal.code, refusal.status) == ("TOO_MANY_TRIES", 429)
                return count
            count += 1

    assert tries(at) == burst
    assert tries(at + timedelta(seconds=seconds * 3)) == 3
    assert tries(at + timedelta(days=1)) == burst


@pytest.mark.django_db(transaction=True)
def test_one_network_address_is_slowed_down_across_names() -> None:
    at = clock.now()
    admitted = 0
    with pytest.raises(Refusal):
        for number in range(200):
            admit_sign_in(email=f"{number}@example.com", address="10.0.0.1", at=at)
            admitted += 1
    assert admitted == PACES["address"][1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_signing_in_leads_to_our_own_pages_only(to: str) -> None:
    person, client = a_person(), Client()
    secret = enrol_app(person)
    sign_in(client, person.email, PASSWORD, to)
    assert second(client, code_of_app(secret))["Location"] == "/ops/"


@pytest.mark.django_db
def test_every_page_wants_somebody_who_is_signed_in() -> None:
    for page in PAGES:
        if page == "/ops/":
            continue
        answer = Client().get(page)
        assert answer.status_code == 302, page
        assert answer["Location"].startswith("/ops/sign-in"), page
        script = Client().get(page, headers={"HX-Request": "true"})
        assert script.status_code == 401, page


@pytest.mark.django_db
def test_what_changes_something_wants_a_form_of_ours() -> None:
    strict = signed_in(strict=True)
    for path in (
        "/ops/socket-tickets",
        "/ops/blotter/cancel",
        "/ops/deposits/credit",
        "/ops/sign-out",
        "/ops/preferences",
    ):
        assert strict.post(path).status_code == 403, path
    assert strict.get("/ops/blotter").status_code == 200


@pytest.mark.django_db
def test_a_person_who_is_suspended_is_out_at_once() -> None:
    person = a_person()
    client = signed_in(person)
    assert client.get("/ops/blotter").status_code == 200
    StaffUser.objects.filter(id=person.id).update(status="SUSPENDED")
    assert client.get("/ops/blotter").status_code == 302


@pytest.mark.django_db
def test_a_session_ends_after_twelve_hours_however_busy_it_is() -> None:
    client = signed_in()
    session = client.session
    session[SIGNED_IN_AT] = (clock.now() - timedelta(hours=12, minutes=1)).isoformat()
    session.save()
    assert client.get("/ops/blotter").status_code == 302
    assert client.get("/ops/blotter").status_code == 302


@pytest.mark.django_db
def test_every_page_forbids_what_is_not_our_own() -> None:
    client = signed_in()
    for page in ("/ops/blotter", "/ops/sign-in", "/ops/nowhere"):
        answer = client.get(page) if page != "/ops/sign-in" else Client().get(page)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.django_db
def test_theme_and_density_are_rendered_by_the_server() -> None:
    client = signed_in()
    page = client.get("/ops/blotter").content.decode()
    assert "data-theme" not in page.split("<head>")[0]
    kept = client.post("/ops/preferences", {"theme": "dark", "next": "/ops/markets"})
    assert kept["Location"] == "/ops/markets"
    assert client.cookies["theme"]["httponly"]
    client.post("/ops/preferences", {"density": "comfortable", "theme": "neon"})
    page = client.get("/ops/blotter").content.decode()
    assert '<html lang="en" data-theme="dark" data-density="comfortable">' in page
    client.post("/ops/preferences", {"theme": ""})
    assert "data-theme" not in client.get("/ops/blotter").content.decode().split("<head>")[0]
