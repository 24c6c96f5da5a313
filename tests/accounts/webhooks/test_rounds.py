"""Rounds of deliveries, in threads as they run: nobody waits for anybody else, nothing is sent twice by two rounds at once."""

import threading
import time

import pytest
from django.db import connections

from accounts.models import WebhookSubscription
from accounts.operations.create_webhook import create_webhook
from accounts.operations.deliver_webhooks import deliver_webhooks, take_webhooks
from accounts.operations.fan_out_webhooks import fan_out_webhooks
from accounts.tasks import deliver_webhooks as task
from core import clock
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from tests.accounts.webhooks.receiving import local_sender, receiver, wait_for
from tests.accounts.webhooks.telling import Hook, a_hooked_client, happen, hooked

pytestmark = pytest.mark.django_db(transaction=True)


def a_round(seconds: float = 1.0, senders: int = 8, timeout: float = 2.0) -> threading.Thread:
    """A round in a thread of its own."""

    def run() -> None:
        try:
            deliver_webhooks(sender=local_sender(timeout), clock=clock.now, senders=senders, round_seconds=seconds)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_an_endpoint_that_hangs_delays_no_other():
    with receiver(hangs=True) as dead, receiver() as alive:
        person = a_hooked_client()
        hanging, working = hooked(dead.url, person=person), hooked(alive.url, person=person)
        happen(person, 5)
        begun = time.monotonic()
        thread = a_round(seconds=1.5)
        wait_for(lambda: len(alive.heard) == 5)
        assert time.monotonic() - begun < 1.5
        # The round still waits for the one that hangs; what happens meanwhile goes out all the same.
        happen(person, 3)
        wait_for(lambda: len(alive.heard) == 8, seconds=1.5)
        assert thread.is_alive()
        thread.join(10)

    assert working.statuses() == ["DELIVERED"] * 8
    assert "DELIVERED" not in hanging.statuses()
    assert {each.last_error for each in hanging.deliveries if each.attempts} == {"TIMED_OUT"}
    assert hanging.row.failing_since is not None
    assert working.row.failing_since is None


def test_two_rounds_at_once_send_each_event_once():
    with receiver() as one, receiver() as two:
        person = a_hooked_client()
        hooks = [hooked(one.url, person=person), hooked(two.url, person=person)]
        happen(person, 30)
        for thread in [a_round(senders=2) for _ in range(3)]:
            thread.join(20)
    for hook, there in zip(hooks, (one, two), strict=True):
        assert hook.statuses() == ["DELIVERED"] * 30
        assert len(there.ids) == len(set(there.ids)) == 30
        assert there.seqs == sorted(there.seqs)


def test_several_lookers_queue_each_event_once():
    person = a_hooked_client()
    hook = hooked("http://127.0.0.1:9/", person=person)
    happen(person, 20)
    gate = threading.Barrier(4)
    counts: list[int] = []

    def look() -> None:
        gate.wait()
        counts.append(fan_out_webhooks(at=clock.now()))
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == len(hook.deliveries) == 20


def test_a_webhook_has_no_more_a_second_than_it_wants():
    with receiver() as there:
        hook = hooked(there.url, pace=10)
        happen(hook.person, 8)
        begun = time.monotonic()
        a_round().join(20)
        took = time.monotonic() - begun
    assert len(there.heard) == 8
    assert took >= 0.7


def test_a_webhook_is_one_rounds_until_its_lease_ends():
    hook = hooked("http://127.0.0.1:9/")
    happen(hook.person)
    at = clock.now()
    fan_out_webhooks(at=at)
    assert [take_webhooks(limit=4, at=at), take_webhooks(limit=4, at=at), take_webhooks(limit=0, at=at)] == [
        [hook.id],
        [],
        [],
    ]
    # Its sender died: nobody waits longer than the lease.
    WebhookSubscription.objects.filter(pk=hook.id).update(taken_until=at)
    assert take_webhooks(limit=4, at=at) == [hook.id]


def test_an_entity_has_ten_webhooks_whoever_asks_at_once():
    person = a_hooked_client()
    for _ in range(8):
        hooked("http://127.0.0.1:9/", person=person)
    gate = threading.Barrier(4)
    refused: list[str] = []

    def ask() -> None:
        gate.wait()
        try:
            create_webhook(
                entity_id=person.entity_id, url="http://127.0.0.1:9/", topics=["*"], actor=SYSTEM, at=clock.now()
            )
        except Refusal as refusal:
            refused.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["TOO_MANY_WEBHOOKS"] * 2
    assert WebhookSubscription.objects.filter(entity_id=person.entity_id).count() == 10


def test_the_task_sends_what_is_due():
    """With the installed sender, which may not speak to this host: the try is there, and came to nothing."""
    hook: Hook = hooked("http://127.0.0.1:9/")
    happen(hook.person)
    assert task() == 1
    (delivery,) = hook.deliveries
    assert delivery.last_error in ("URL_INVALID", "NOT_CONNECTED")
