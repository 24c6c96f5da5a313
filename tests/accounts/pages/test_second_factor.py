"""The second half of signing in: what a code is good for, and how often."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client

from accounts.models import SpentCode, StaffSession, StaffUser
from accounts.operations.admit_try import PACES
from accounts.operations.prove_code import prove_code
from accounts.pages.entering import PENDING_AT, PENDING_SECONDS
from core import clock
from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.record_audit import Actor
from core.pages.access import FACTOR_AT
from tests.desk import PASSWORD, a_person, code_of_app, enrol_app

pytestmark = pytest.mark.django_db(transaction=True)


def half_way(person: StaffUser) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36"})
    answer = client.post("/ops/sign-in", {"email": person.email, "password": PASSWORD})
    assert answer["Location"] == "/ops/sign-in/factor"
    return client


def at_place(person: StaffUser, address: str) -> Actor:
    return Actor("PERSON", person.pk, source_ip=address)


def second(client: Client, code: str) -> HttpResponse:
    return client.post("/ops/sign-in/factor", {"code": code})


def test_a_password_alone_opens_no_page() -> None:
    person = a_person()
    enrol_app(person)
    client = half_way(person)
    for page in ("/ops/", "/ops/blotter", "/ops/me", "/ops/staff", "/ops/admin/"):
        assert client.get(page, follow=True).redirect_chain[-1][0].startswith("/ops/sign-in"), page
    assert client.post("/ops/socket-tickets").status_code == 302
    assert StaffSession.objects.get().staff is None
    with_password_only = Client()
    with_password_only.force_login(person)
    assert with_password_only.get("/ops/blotter")["Location"].startswith("/ops/sign-in")


def test_a_code_works_once() -> None:
    person = a_person()
    code = code_of_app(enrol_app(person))
    assert second(half_way(person), code)["Location"] == "/ops/"
    again = second(half_way(person), code)
    assert again.status_code == 422
    assert b"wrong, or was used already" in again.content
    assert SpentCode.objects.filter(staff=person).count() == 1


def test_of_many_at_once_with_the_same_code_one_comes_in() -> None:
    person = a_person()
    code, at = code_of_app(enrol_app(person)), clock.now()
    start, came_of_it = Barrier(5), []

    def prove(number: int) -> None:
        start.wait()
        try:
            came_of_it.append(
                prove_code(staff_id=person.pk, code=code, actor=at_place(person, f"10.0.0.{number}"), at=at)
            )
        except Refusal as refusal:
            came_of_it.append(refusal.code)
        finally:
            connections.close_all()

    threads = [Thread(target=prove, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(came_of_it) == ["FACTOR_REFUSED"] * 4 + ["TOTP"]


def test_the_codes_beside_the_one_of_now_are_good_and_older_ones_are_not() -> None:
    for steps, status in ((-1, 302), (1, 302), (-2, 422), (2, 422)):
        person = a_person()
        secret = enrol_app(person)
        assert second(half_way(person), code_of_app(secret, steps)).status_code == status, steps


def test_whatever_is_wrong_with_a_code_the_answer_is_the_same() -> None:
    person, other = a_person(), a_person()
    enrol_app(person)
    answers = {
        second(half_way(person), code).content.split(b"<form")[1].split(b'role="alert">')[1]
        for code in ("000000", code_of_app(enrol_app(other)), "1234567890", "x" * 20, "")
    }
    assert len(answers) == 1


def test_a_recovery_code_opens_once() -> None:
    person = a_person()
    enrol_app(person)
    code, spare, *_ = RecoveryCodes.activate(person).get_unused_codes()
    assert second(half_way(person), f"{code[:5]} {code[5:]}")["Location"] == "/ops/"
    assert second(half_way(person), code).status_code == 422
    assert second(half_way(person), spare)["Location"] == "/ops/"
    kinds = [entry.changes[0]["after"] for entry in AuditEntry.objects.filter(action="accounts.staff_user.sign_in")]
    assert kinds == ["RECOVERY", "RECOVERY"]


def test_guessing_codes_is_slowed_down_even_with_the_right_one_at_the_end() -> None:
    person = a_person()
    secret = enrol_app(person)
    client = half_way(person)
    for _ in range(PACES["factor"][1]):
        assert second(client, "000000").status_code == 422
    late = second(client, code_of_app(secret))
    assert late.status_code == 429
    assert b"Too many tries" in late.content
    assert SpentCode.objects.count() == 0


def test_recovery_codes_are_guessed_at_the_same_pace() -> None:
    person, at = a_person(), clock.now()
    RecoveryCodes.activate(person)
    for number in range(PACES["factor"][1]):
        with pytest.raises(Refusal, match="FACTOR_REFUSED"):
            prove_code(staff_id=person.pk, code=f"{number:010}", actor=at_place(person, f"10.0.0.{number}"), at=at)
    with pytest.raises(Refusal, match="TOO_MANY_TRIES"):
        prove_code(staff_id=person.pk, code="0123456789", actor=at_place(person, "10.0.1.1"), at=at)
    prove_later = {
        "staff_id": person.pk,
        "actor": at_place(person, "10.0.1.1"),
        "at": at + timedelta(seconds=PACES["factor"][0]),
    }
    with pytest.raises(Refusal, match="FACTOR_REFUSED"):
        prove_code(code="0123456789", **prove_later)


def test_half_a_sign_in_is_over_after_five_minutes_and_with_the_person() -> None:
    person = a_person()
    secret = enrol_app(person)
    client = half_way(person)
    session = client.session
    session[PENDING_AT] = (clock.now() - timedelta(seconds=PENDING_SECONDS + 1)).isoformat()
    session.save()
    assert second(client, code_of_app(secret))["Location"] == "/ops/sign-in"
    client = half_way(person)
    StaffUser.objects.filter(pk=person.pk).update(status="SUSPENDED")
    assert second(client, code_of_app(secret))["Location"] == "/ops/sign-in"
    assert Client().get("/ops/sign-in/factor")["Location"] == "/ops/sign-in"


def test_a_session_knows_whose_it_is_since_when_and_from_where() -> None:
    person = a_person()
    client = half_way(person)
    second(client, code_of_app(enrol_app(person)))
    session = StaffSession.objects.get()
    assert (session.staff, str(session.address)) == (person, "127.0.0.1")
    assert session.browser.endswith("Chrome/156.0 Safari/537.36")
    assert client.session[FACTOR_AT] == session.signed_in_at.isoformat()
    assert client.session.session_key not in session.session_key


def test_the_database_has_no_secret_in_the_clear() -> None:
    person = a_person()
    secret = enrol_app(person)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        kept = " ".join(row[0] for row in cursor.fetchall())
    assert Authenticator.objects.count() == 2
    assert secret not in kept
    assert not [code for code in codes if code in kept]


def test_a_passkey_that_answers_nonsense_is_refused() -> None:
    for said in ("x", "[]", "{}", '{"response": {"userHandle": "AAAA"}}', '{"response": 5}', "{" * 40_000):
        client = Client()
        assert client.post("/ops/passkeys/ask?anybody=1").json()["publicKey"]["userVerification"] == "required"
        answer = client.post("/ops/sign-in", {"credential": said})
        assert answer.status_code == 422, said[:20]
        assert b"not one of yours" in answer.content
    assert Client().post("/ops/passkeys/make").status_code == 403


def test_sessions_that_ended_by_themselves_go_with_the_next_sign_in() -> None:
    half_way(person := a_person())
    StaffSession.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    second(half_way(person), code_of_app(enrol_app(person)))
    assert [each.staff for each in StaffSession.objects.all()] == [person]
