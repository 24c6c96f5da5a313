"""Passkeys: whose answer opens which door, and what a copied key is noticed by."""

import logging
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections
from django.test import Client, override_settings

from accounts.models import StaffUser
from accounts.operations.use_passkey import use_passkey
from core import clock
from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.record_audit import Actor
from tests.desk import PASSWORD, a_person, signed_in
from tests.passkeys import SoftKey, challenge, sign_in_by

pytestmark = pytest.mark.django_db(transaction=True)
ASK, ASK_ANYBODY = "/ops/passkeys/ask", "/ops/passkeys/ask?anybody=1"
FACTOR = "/ops/sign-in/factor"


def half_way(person: StaffUser) -> Client:
    client = Client()
    client.post("/ops/sign-in", {"email": person.email, "password": PASSWORD})
    return client


def failures_of(person: StaffUser) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="accounts.staff_user.fail_factor", object_id=str(person.pk)))


def test_a_passkey_alone_opens_and_so_it_does_after_the_password() -> None:
    person = a_person()
    key = SoftKey(person)
    assert sign_in_by(Client(), key)["Location"] == "/ops/"
    client = half_way(person)
    assert client.post(FACTOR, {"credential": key.answer(challenge(client, ASK))})["Location"] == "/ops/"
    # Who went back from the second half begins anew.
    assert sign_in_by(half_way(person), key)["Location"] == "/ops/"
    assert key.row.last_used_at is not None
    assert failures_of(person) == []


@pytest.mark.parametrize("asked", ["required", "preferred"])
def test_a_colleagues_key_without_its_pin_opens_nothing(asked: str) -> None:
    colleague, mallory = a_person("Cara Colleague"), a_person("Mal Ory")
    key = SoftKey(colleague)
    with override_settings(MFA_WEBAUTHN_USER_VERIFICATION=asked):
        for client in (half_way(mallory), signed_in(mallory)):
            for address in (ASK, ASK_ANYBODY):
                answer = sign_in_by(client, key, address, is_verified=False)
                assert (answer.status_code, b"not one of yours" in answer.content) == (422, True), address
    assert not AuditEntry.objects.filter(action="accounts.staff_user.sign_in").exists()


def test_what_was_asked_of_one_is_not_answered_by_another_nor_elsewhere() -> None:
    colleague, person = a_person("Cara Colleague"), a_person()
    theirs, mine = SoftKey(colleague), SoftKey(person)
    # Asked of the person whose password was right; answered at the door where anybody's key is taken.
    assert sign_in_by(half_way(person), theirs, ASK).status_code == 422
    assert sign_in_by(half_way(person), mine, ASK).status_code == 422
    # Asked of anybody; answered as somebody's second factor.
    client = half_way(person)
    assert client.post(FACTOR, {"credential": mine.answer(challenge(client, ASK_ANYBODY))}).status_code == 422
    assert client.post(FACTOR, {"credential": theirs.answer(challenge(client, ASK))}).status_code == 422
    # Asked so that a key be used; answered by making one.
    client = signed_in(person)
    made = mine.made(challenge(client, ASK))
    assert client.post("/ops/me/passkey", {"credential": str(made).replace("'", '"'), "name": "x"}).status_code == 422
    assert Authenticator.objects.filter(user=person).count() == 1


def test_a_challenge_is_good_for_one_answer() -> None:
    key, client = SoftKey(a_person()), Client()
    said = key.answer(challenge(client, ASK_ANYBODY))
    assert client.post("/ops/sign-in", {"credential": "{}"}).status_code == 422
    assert client.post("/ops/sign-in", {"credential": said}).status_code == 422


def test_a_key_whose_counter_does_not_rise_is_refused_and_stands_on_the_record() -> None:
    person = a_person()
    key = SoftKey(person, count=7)
    assert sign_in_by(Client(), key, count=8).status_code == 302
    for count in (8, 3, 0):
        assert sign_in_by(Client(), key, count=count).status_code == 422, count
    assert sign_in_by(Client(), key, count=9).status_code == 302
    told = [entry.changes for entry in failures_of(person)]
    assert told == [
        [
            {"field": "factor", "before": None, "after": "PASSKEY"},
            {"field": "signature_counter", "before": "8", "after": str(count)},
        ]
        for count in (8, 3, 0)
    ]
    assert {entry.reason for entry in failures_of(person)} == {"signature counter did not rise: the key may be copied"}


def test_a_key_that_was_copied_before_its_first_use_here_is_noticed() -> None:
    key = SoftKey(a_person(), count=7)
    assert sign_in_by(Client(), key, count=7).status_code == 422


def test_keys_that_do_not_count_are_taken_as_they_are() -> None:
    key = SoftKey(a_person())
    assert [sign_in_by(Client(), key).status_code for _ in range(3)] == [302] * 3


def test_of_many_at_once_with_one_counter_one_passes() -> None:
    person = a_person()
    key, start, came_of_it = SoftKey(person, count=1).row, Barrier(5), []

    def use() -> None:
        start.wait()
        try:
            use_passkey(factor_id=key.pk, count=2, actor=Actor("PERSON", person.pk), at=clock.now())
            came_of_it.append("in")
        except Refusal as refusal:
            came_of_it.append(refusal.code)
        finally:
            connections.close_all()

    threads = [Thread(target=use) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(came_of_it) == ["FACTOR_REFUSED"] * 4 + ["in"]


def test_a_wrong_factor_after_the_right_password_stands_on_the_record() -> None:
    person = a_person()
    SoftKey(person)
    client = half_way(person)
    client.post(FACTOR, {"code": "000000"})
    client.post(FACTOR, {"code": "0123456789"})
    client.post(FACTOR, {"credential": "{}"})
    told = [(entry.actor_id, entry.changes[0]["after"]) for entry in failures_of(person)]
    assert told == [(person.pk, "TOTP"), (person.pk, "RECOVERY"), (person.pk, "PASSKEY")]
    assert all(entry.source_ip for entry in failures_of(person))
    inside = signed_in(person)
    inside.post("/ops/step-up", {"step_up_code": "000000"})
    inside.post("/ops/step-up", {"step_up_credential": "{}"})
    assert len(failures_of(person)) == 5
    # As many as the pace lets through, and not one more.
    for _ in range(5):
        client.post(FACTOR, {"code": "000000"})
        client.post(FACTOR, {"credential": "{}"})
    assert len(failures_of(person)) == 5


def test_a_refused_sign_in_is_a_line_of_the_log_that_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    person = a_person()
    with caplog.at_level(logging.WARNING, logger="accounts.pages.sign_in"):
        Client().post("/ops/sign-in", {"email": person.email.upper(), "password": "wrong"})
        Client().post("/ops/sign-in", {"email": "nobody@example.com", "password": "wrong"})
        Client().post("/ops/sign-in", {"credential": "{}"})
    said = [record.getMessage() for record in caplog.records if record.name == "accounts.pages.sign_in"]
    assert len(said) == 3
    assert person.email not in " ".join(said).lower()
    assert all("address 127.0.0.1" in line for line in said)
    assert not AuditEntry.objects.filter(action="accounts.staff_user.fail_factor").exists()
