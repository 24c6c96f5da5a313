"""The idempotency door: once, and the same bytes ever after."""

import hashlib
import hmac
import json
import threading
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from rest_framework.request import Request

from core import clock
from core.api.idempotency import Done, answer_once
from core.api.personal_body import NOTHING_PERSONAL, Personal
from core.domain.refusals import Refusal
from core.ids import new_id
from core.models import AuditEntry, IdempotentRequest
from core.operations.record_audit import SYSTEM, record_audit

PRINCIPAL = UUID("0198c0de-0000-7000-8000-000000000001")


def ask(key="k-1", body=None, *, principal_id=PRINCIPAL, route="POST things", work=None, personal=NOTHING_PERSONAL):
    headers = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
    request = Request(RequestFactory().post("/v1/things", **headers))
    return answer_once(
        request,
        principal_id=principal_id,
        route=route,
        body={"name": "a"} if body is None else body,
        work=work or do,
        personal=personal,
    )


def do() -> Done:
    """A work that leaves a trace each time it is done."""
    made = new_id()
    record_audit(actor=SYSTEM, action="core.thing.make", object_type="Thing", object_id=made, at=clock.now())
    return Done(201, {"id": str(made)}, "Thing", made)


def works() -> int:
    return AuditEntry.objects.count()


@pytest.mark.django_db
def test_a_repetition_is_answered_with_the_stored_bytes():
    first, second = ask(), ask()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert works() == 1


@pytest.mark.django_db
def test_another_body_is_refused_with_the_differences():
    ask(body={"name": "a", "size": "1", "same": "x"})
    with pytest.raises(Refusal) as caught:
        ask(body={"name": "b", "colour": None, "same": "x"})
    assert (caught.value.code, caught.value.status) == ("IDEMPOTENCY_KEY_REUSED", 422)
    assert caught.value.meta["differences"] == [
        {"pointer": "/colour", "stored": None, "sent": None},
        {"pointer": "/name", "stored": "a", "sent": "b"},
        {"pointer": "/size", "stored": "1", "sent": None},
    ]
    assert works() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_its_principal_and_route():
    ask()
    ask(principal_id=new_id())
    ask(route="POST others")
    assert works() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("key", [None, "", "a b", "é", "x" * 129, "a\n"])
def test_a_key_is_needed(key):
    with pytest.raises(Refusal) as caught:
        ask(key)
    assert (caught.value.code, caught.value.status) == ("IDEMPOTENCY_KEY_MISSING", 400)
    assert works() == 0


@pytest.mark.django_db
def test_a_refused_request_leaves_its_key_free():
    def refuse() -> Done:
        do()
        raise Refusal("AMOUNT_BELOW_MINIMUM")

    with pytest.raises(Refusal, match="AMOUNT_BELOW_MINIMUM"):
        ask(work=refuse)
    assert (works(), IdempotentRequest.objects.count()) == (0, 0)
    assert ask().status_code == 201


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_do_the_work_once():
    answers: list[bytes] = []
    start = threading.Barrier(12)

    def run() -> None:
        try:
            start.wait()
            answers.append(ask().content)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert len(set(answers)) == 1
    assert works() == 1


@pytest.mark.django_db(transaction=True)
def test_one_whose_work_still_runs_is_told_so():
    running, finish = threading.Event(), threading.Event()

    def slow() -> Done:
        running.set()
        finish.wait(10)
        return do()

    def run() -> None:
        try:
            ask(work=slow)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert running.wait(10)
    try:
        with pytest.raises(Refusal) as caught:
            ask()
    finally:
        finish.set()
        thread.join()
    assert (caught.value.code, caught.value.status) == ("REQUEST_IN_PROGRESS", 409)
    assert ask()["Idempotent-Replayed"] == "true"
    assert works() == 1


@pytest.mark.django_db(transaction=True)
def test_the_work_has_to_join_the_doors_transaction():
    def apart() -> Done:
        with transaction.atomic(durable=True):
            return do()

    with pytest.raises(RuntimeError, match="durable"):
        ask(work=apart)
    assert (works(), IdempotentRequest.objects.count()) == (0, 0)


def keyed(text: str) -> str:
    return hmac.digest(b"a secret of the house", text.encode(), "sha256").hex()


PERSONAL = Personal(("/details/*", "/members/*/born"), keyed)
PERSON = {
    "reference": "p-1",
    "details": {"full_name": "Maren Lindqvist", "email": None},
    "members": [{"role": "HOLDER", "born": "1984-05-06"}],
}


@pytest.mark.django_db
def test_of_a_persons_body_only_keyed_hashes_are_kept():
    first, second = ask(body=PERSON, personal=PERSONAL), ask(body=PERSON, personal=PERSONAL)
    assert first.content == second.content
    assert works() == 1
    kept = IdempotentRequest.objects.get()
    written = json.dumps(kept.body)
    assert "Lindqvist" not in written
    assert "1984" not in written
    assert kept.body["reference"] == "p-1"
    assert kept.body["details"]["email"] is None
    assert kept.body["members"][0]["role"] == "HOLDER"
    # And no plain hash from which the body could be guessed.
    assert kept.body_sha256 != hashlib.sha256(json.dumps(PERSON, sort_keys=True).encode()).hexdigest()


@pytest.mark.django_db
def test_another_personal_value_is_refused_by_pointer_and_without_the_value():
    ask(body=PERSON, personal=PERSONAL)
    changed = {
        "reference": "p-2",
        "details": {"full_name": "Takumi Watanabe", "email": "t@example.com", "phone": "+81 3 1234 5678"},
        "members": PERSON["members"],
    }
    with pytest.raises(Refusal) as caught:
        ask(body=changed, personal=PERSONAL)
    assert caught.value.meta["differences"] == [
        {"pointer": "/details/email", "stored": None, "sent": "[personal]"},
        {"pointer": "/details/full_name", "stored": "[personal]", "sent": "[personal]"},
        {"pointer": "/details/phone", "stored": None, "sent": "[personal]"},
        {"pointer": "/reference", "stored": "p-1", "sent": "p-2"},
    ]


@pytest.mark.django_db
def test_a_part_that_holds_something_personal_is_not_shown_whole():
    ask(body=PERSON, personal=PERSONAL)
    with pytest.raises(Refusal) as caught:
        ask(body={"reference": "p-1", "members": []}, personal=PERSONAL)
    assert caught.value.meta["differences"] == [
        {"pointer": "/details", "stored": "[personal]", "sent": None},
        {"pointer": "/members", "stored": "[personal]", "sent": "[personal]"},
    ]


def test_one_value_in_two_places_has_two_hashes():
    hidden = PERSONAL.hide({"details": {"full_name": "A", "other": "A"}})
    assert len(set(hidden["details"].values())) == 2
    assert PERSONAL.hide({"details": {"full_name": "A", "other": "A"}}) == hidden
