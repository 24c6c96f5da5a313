"""From the stream to the receiver: what is sent, when it is sent again, when it is given up, and that nothing is lost."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.gateways.key_store import seal_text
from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.operations import fan_out_webhooks as fanning
from accounts.operations.change_webhook import change_webhook
from accounts.operations.delete_webhook import delete_webhook
from accounts.operations.deliver_webhooks import take_webhooks
from accounts.operations.fan_out_webhooks import fan_out_webhooks
from accounts.operations.pause_webhook import pause_webhook
from accounts.operations.replay_webhook import replay_webhook
from accounts.operations.resume_webhook import resume_webhook
from accounts.operations.rotate_webhook_secret import rotate_webhook_secret
from accounts.operations.serve_webhook import serve_webhook
from accounts.operations.sweep_webhooks import sweep_webhooks
from accounts.operations.try_webhook import try_webhook
from accounts.queries.webhook_messages import _OF_ENTITY, _OF_FIRM
from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.publish_message import publish_message
from core.operations.record_audit import SYSTEM
from core.queries.streams import get_head
from tests.accounts.api.asking import body, the_firm
from tests.accounts.webhooks.receiving import local_sender, receiver
from tests.accounts.webhooks.telling import Clock, a_hooked_client, happen, hooked, program, say, seal

pytestmark = pytest.mark.django_db


def test_what_is_sent_is_the_event_of_the_list_and_is_signed():
    with receiver() as there:
        hook = hooked(there.url)
        say(hook.person, amount="1.50", word="Zürich")
        seal()
        assert hook.serve(Clock()) == 1

    (heard,) = there.heard
    assert heard.is_signed_with(hook.secret)
    event = hook.person.api.get(f"/events/{heard.headers['webhook-id']}")
    assert heard.body == event.content
    assert heard.event["data"] == {"amount": "1.50", "word": "Zürich"}
    (delivery,) = hook.deliveries
    assert (delivery.status, delivery.attempts, delivery.last_status_code) == ("DELIVERED", 1, 204)
    assert delivery.last_latency_millis is not None


def test_of_a_stream_exactly_the_topics_in_order_and_nobody_elses():
    topics = ("settlement.deposit.*", "accounts.identity.status_changed")
    with receiver() as there:
        hook, other = hooked(there.url, *topics), a_hooked_client()
        start = get_head(entity_id=hook.person.entity_id)
        for topic in (
            "settlement.deposit.detected", "settlement.deposit_instruction.opened", "accounts.identity.status_changed",
            "settlement.depositXcredited.x".replace("X", "_"), "accounts.identity.created", "settlement.deposit.credited",
        ):  # fmt: skip
            say(hook.person, topic)
            say(other, topic)
        seal()
        hook.serve(Clock())

    assert [each.event["type"] for each in there.heard] == [
        "settlement.deposit.detected", "accounts.identity.status_changed", "settlement.deposit.credited",
    ]  # fmt: skip
    assert there.seqs == [start + 1, start + 3, start + 6]
    assert {each.event["id"].rpartition("-")[0] for each in there.heard} == {hook.person.entity_id.hex}


def test_a_webhook_hears_what_happens_after_it_was_made_and_each_thing_once():
    with receiver() as there:
        person = a_hooked_client()
        happen(person, 3)
        hook, at = hooked(there.url, person=person), Clock()
        assert (hook.serve(at), there.heard) == (0, [])
        happen(person, 2)
        assert [hook.serve(at), hook.serve(at), fan_out_webhooks(at=at())] == [2, 0, 0]
        assert len(set(there.ids)) == 2


def test_the_firms_programs_hear_the_firms_own_stream():
    firm = the_firm("webhooks:read", "webhooks:write")
    with receiver() as there:
        wish = {"url": there.url, "topics": ["settlement.day.*"]}
        made = body(firm.post("/webhook-subscriptions", wish, HTTP_IDEMPOTENCY_KEY="x"), 201)
        person = a_hooked_client()
        say(person, "settlement.day.closed")
        publish_message(
            topic="settlement.day.closed",
            channel="SETTLEMENT",
            entity_id=None,
            subject_type="settlement.day",
            subject_id=person.profile_id,
            payload={},
        )
        seal()
        fan_out_webhooks(at=Clock()())
        assert serve_webhook(subscription_id=made["id"], sender=local_sender(), clock=Clock()) == 1
    assert there.heard[0].event["id"].startswith("firm-")


def test_a_long_stream_is_looked_through_part_by_part(monkeypatch):
    monkeypatch.setattr(fanning, "NUMBERS_MOST", 4)
    monkeypatch.setattr(fanning, "WAITING_MOST", 6)
    hook, at = hooked("http://127.0.0.1:9/"), Clock()
    happen(hook.person, 10)

    # Whoever has enough waiting is given no more: the rest stays in the stream.
    assert [fan_out_webhooks(at=at()) for _ in range(4)] == [4, 4, 0, 0]
    WebhookDelivery.objects.all().delete()
    assert [fan_out_webhooks(at=at()) for _ in range(2)] == [2, 0]


def test_a_failed_one_is_tried_again_by_the_table_under_the_same_id_and_bytes():
    with receiver(answers=lambda number: 503 if number < 4 else 200) as there:
        hook, at = hooked(there.url), Clock()
        happen(hook.person)
        for seconds, status in ((5, "RETRYING"), (30, "RETRYING"), (120, "RETRYING"), (0, "DELIVERED")):
            assert hook.serve(at) == 1
            (delivery,) = hook.deliveries
            assert delivery.status == status
            if seconds:
                assert (delivery.due_at - at()).total_seconds() == seconds
                assert (delivery.last_status_code, delivery.last_error) == (503, "NOT_2XX")
                at.move(seconds=seconds - 1)
                assert hook.serve(at) == 0
                at.move(seconds=1)

    assert len(there.heard) == 4
    assert {(each.headers["webhook-id"], each.body) for each in there.heard} == {(there.ids[0], there.heard[0].body)}
    assert len({each.headers["webhook-timestamp"] for each in there.heard}) == 4
    assert (delivery.attempts, delivery.last_status_code, delivery.last_error) == (4, 200, "")
    assert (hook.row.failing_since, hook.row.failures, hook.row.rest_until) == (None, 0, None)


def test_after_72_hours_it_is_given_up_and_the_webhook_broken_and_nothing_is_lost():
    with receiver(answers=lambda _number: 500) as there:
        hook, at = hooked(there.url), Clock()
        began = at()
        happen(hook.person)
        while hook.statuses() != ["EXHAUSTED"]:
            hook.serve(at)
            (delivery,) = hook.deliveries
            at.at = max(delivery.due_at, hook.row.rest_until or at())
            assert at() - began < timedelta(hours=80)
        assert 38 <= len(there.heard) <= 46
        assert hook.row.failing_since == began

        happen(hook.person)
        assert sweep_webhooks(at=began + timedelta(hours=71, minutes=59)) == 0
        at.at = began + timedelta(hours=72)
        assert [sweep_webhooks(at=at()), sweep_webhooks(at=at())] == [1, 0]
        assert hook.row.status == "BROKEN"
        (entry,) = AuditEntry.objects.filter(action="accounts.webhook.break")
        assert (entry.actor_kind, entry.object_id) == ("SYSTEM", str(hook.id))

        # Broken: nothing is sent and nothing is looked through, until the client says so.
        there.answers = lambda _number: 200
        there.heard.clear()
        at.move(days=30)
        assert (hook.serve(at), take_webhooks(limit=9, at=at())) == (0, [])
        happen(hook.person)
        resume_webhook(subscription_id=hook.id, actor=program(hook.person), at=at())
        assert hook.serve(at) == 2
        head = get_head(entity_id=hook.person.entity_id)
        assert there.seqs == [head - 1, head]


def test_an_endpoint_that_fails_rests_and_is_probed_with_one_delivery_at_a_time():
    with receiver(answers=lambda _number: 500) as there:
        hook, at = hooked(there.url), Clock()
        happen(hook.person, 10)
        # Seconds that pass before each look -> tries by then.
        for seconds, tries in (
            (0, 1),
            (0, 2),
            (0, 3),
            (4, 3),
            (1, 4),
            (29, 4),
            (1, 5),
            (119, 5),
            (1, 6),
            (599, 6),
            (1, 7),
        ):
            at.move(seconds=seconds)
            hook.serve(at)
            assert (len(there.heard), hook.row.failures) == (tries, tries)

        there.answers = lambda _number: 200
        at.move(minutes=30)
        hook.serve(at)
        assert (hook.row.failures, hook.statuses()) == (0, ["DELIVERED"] * 10)


def test_one_event_that_its_receiver_cannot_bear_keeps_no_other_back():
    with receiver() as there:
        hook, at = hooked(there.url), Clock()
        happen(hook.person, 1)
        happen(hook.person, 1, topic="settlement.deposit.recalled")
        happen(hook.person, 1)
        there.answers = lambda _number: 500 if there.heard[-1].event["type"].endswith("recalled") else 200
        hook.serve(at)
        hook.serve(at)
    assert hook.statuses() == ["DELIVERED", "RETRYING", "DELIVERED"]
    assert hook.row.failing_since is None


def test_a_pause_loses_nothing_and_sends_nothing():
    with receiver() as there:
        hook, at = hooked(there.url), Clock()
        happen(hook.person, 2)
        fan_out_webhooks(at=at())
        actor = program(hook.person)
        pause_webhook(subscription_id=hook.id, actor=actor, at=at())
        happen(hook.person, 3)
        assert (hook.serve(at), take_webhooks(limit=9, at=at())) == (0, [])
        resume_webhook(subscription_id=hook.id, actor=actor, at=at())
        assert hook.serve(at) == 5
        head = get_head(entity_id=hook.person.entity_id)
        assert there.seqs == list(range(head - 4, head + 1))


def test_a_replay_sends_again_under_the_same_ids_what_the_topics_name():
    with receiver() as there:
        hook, at = hooked(there.url, "settlement.deposit.*"), Clock()
        start = get_head(entity_id=hook.person.entity_id)
        happen(hook.person, 2)
        happen(hook.person, 1, topic="settlement.withdrawal.sent")
        happen(hook.person, 2)
        hook.serve(at)
        first = there.ids[:]
        there.heard.clear()
        actor = program(hook.person)

        assert replay_webhook(subscription_id=hook.id, after=start + 1, until=start + 4, actor=actor, at=at()) == 2
        hook.serve(at)
        assert there.ids == first[1:3]
        # What was never sent because it was before the webhook, too.
        assert replay_webhook(subscription_id=hook.id, after=0, actor=actor, at=at()) == 4
        # What is not looked through yet comes by itself.
        happen(hook.person, 1)
        assert replay_webhook(subscription_id=hook.id, after=start + 5, actor=actor, at=at()) == 0
        assert replay_webhook(subscription_id=hook.id, after=10**17, actor=actor, at=at()) == 0
        there.heard.clear()
        assert hook.serve(at) == 5
        assert len(hook.deliveries) == 5


def test_a_replay_is_bounded(monkeypatch):
    hook = hooked("http://127.0.0.1:9/")
    happen(hook.person, 4)
    fan_out_webhooks(at=Clock()())
    monkeypatch.setattr("accounts.operations.replay_webhook.MOST_MESSAGES", 3)
    with pytest.raises(Refusal, match="REPLAY_TOO_LARGE"):
        replay_webhook(subscription_id=hook.id, after=0, actor=SYSTEM, at=Clock()())
    WebhookSubscription.objects.update(last_seq=200_000)
    with pytest.raises(Refusal, match="REPLAY_TOO_LARGE"):
        replay_webhook(subscription_id=hook.id, after=0, actor=SYSTEM, at=Clock()())


def test_a_test_is_sent_once_whatever_the_state_and_has_no_consequence():
    with receiver(answers=lambda _number: 500) as there:
        hook, at = hooked(there.url, "settlement.deposit.credited"), Clock()
        actor = program(hook.person)
        pause_webhook(subscription_id=hook.id, actor=actor, at=at())
        asked = try_webhook(subscription_id=hook.id, actor=actor, at=at())
        with pytest.raises(Refusal, match="WEBHOOK_TEST_WAITS"):
            try_webhook(subscription_id=hook.id, actor=actor, at=at())
        assert take_webhooks(limit=9, at=at()) == [hook.id]
        assert [hook.serve(at), hook.serve(at)] == [1, 0]
        (heard,) = there.heard
        assert heard.event["type"] == "accounts.webhook.tested"
        assert (heard.event["id"], heard.event["seq"]) == (f"test-{asked.id.hex}", 0)
        assert heard.is_signed_with(hook.secret)
        assert hook.statuses() == ["EXHAUSTED"]
        assert (hook.row.failing_since, hook.row.failures) == (None, 0)
        try_webhook(subscription_id=hook.id, actor=actor, at=at())


def test_while_a_secret_rotates_both_sign_and_then_the_new_one_alone():
    with receiver() as there:
        hook, at = hooked(there.url), Clock()
        actor = program(hook.person)
        new = rotate_webhook_secret(subscription_id=hook.id, actor=actor, at=at())
        assert new.previous_secret_ends_at == at() + timedelta(hours=24)
        happen(hook.person)
        hook.serve(at)
        with pytest.raises(Refusal, match="SECRET_OVERLAP"):
            rotate_webhook_secret(subscription_id=hook.id, actor=actor, at=at())
        at.move(hours=24)
        happen(hook.person)
        hook.serve(at)
        third = rotate_webhook_secret(subscription_id=hook.id, overlap_seconds=0, actor=actor, at=at())
        happen(hook.person)
        hook.serve(at)

    secrets = (hook.secret, new.secret, third.secret)
    signed = [[each.is_signed_with(secret) for secret in secrets] for each in there.heard]
    assert signed == [[True, True, False], [False, True, False], [False, False, True]]


def test_a_leaked_secret_is_replaced_at_once():
    hook, at = hooked("http://127.0.0.1:9/"), Clock()
    rotate_webhook_secret(subscription_id=hook.id, actor=SYSTEM, at=at())
    rotate_webhook_secret(subscription_id=hook.id, replaces_oldest=True, overlap_seconds=0, actor=SYSTEM, at=at())
    assert (hook.row.previous_sealed_secret, hook.row.previous_secret_ends_at) == ("", None)
    with pytest.raises(Refusal, match="OVERLAP_TOO_LONG"):
        rotate_webhook_secret(subscription_id=hook.id, overlap_seconds=86_401, actor=SYSTEM, at=at())


def test_a_secret_that_does_not_open_stops_nothing_else_and_counts_as_no_try():
    with receiver() as there:
        hook, at = hooked(there.url), Clock()
        WebhookSubscription.objects.filter(pk=hook.id).update(sealed_secret=seal_text("whsec_x", purpose="elsewhere"))
        happen(hook.person)
        assert (hook.serve(at), there.heard) == (0, [])
    (delivery,) = hook.deliveries
    assert (delivery.status, delivery.attempts) == ("PENDING", 0)
    assert take_webhooks(limit=9, at=at()) == []
    assert take_webhooks(limit=9, at=at.move(seconds=5)) == [hook.id]


def test_a_delivery_is_counted_before_it_is_sent_so_a_killed_sender_repeats_it():
    class Killed(BaseException):
        pass

    class Dying:
        def send(self, *_args, **_options):
            raise Killed

    hook, at = hooked("http://127.0.0.1:9/"), Clock()
    happen(hook.person)
    fan_out_webhooks(at=at())
    with pytest.raises(Killed):
        serve_webhook(subscription_id=hook.id, sender=Dying(), clock=at)
    (delivery,) = hook.deliveries
    assert (delivery.status, delivery.attempts) == ("RETRYING", 1)
    assert delivery.due_at == at() + timedelta(seconds=5)


def test_what_is_asked_for_anew_while_it_is_under_way_is_sent_anew():
    """A replay during a try: the try's outcome is not taken for the replay's."""
    hook, at = hooked("http://127.0.0.1:9/"), Clock()
    start = get_head(entity_id=hook.person.entity_id)
    happen(hook.person)
    fan_out_webhooks(at=at())

    class Asking:
        """Has a replay asked for during the first try."""

        is_first = True

        def send(self, *args, **options):
            if self.is_first:
                self.is_first = False
                replay_webhook(subscription_id=hook.id, after=start, actor=SYSTEM, at=at())
            return local_sender().send(*args, **options)

    with receiver() as there:
        change_webhook(subscription_id=hook.id, changes={"url": there.url}, actor=SYSTEM, at=at())
        (delivery,) = WebhookDelivery.objects.filter(subscription_id=hook.id)
        serve_webhook(subscription_id=hook.id, sender=Asking(), clock=at)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, len(there.heard)) == ("DELIVERED", 1, 2)
    assert len(set(there.ids)) == 1


def test_a_deleted_webhook_is_gone_with_its_secrets_and_its_log():
    with receiver() as there:
        hook, at = hooked(there.url), Clock()
        happen(hook.person, 2)
        fan_out_webhooks(at=at())
        delete_webhook(subscription_id=hook.id, actor=program(hook.person), at=at())
        assert (hook.serve(at), there.heard) == (0, [])
    assert hook.row.sealed_secret == ""
    sweep_webhooks(at=at())
    assert hook.deliveries == []
    with pytest.raises(Refusal, match="NOT_FOUND"):
        delete_webhook(subscription_id=hook.id, actor=SYSTEM, at=at())


def test_the_log_is_swept_after_thirty_days():
    with receiver() as there:
        hook, at = hooked(there.url), Clock()
        happen(hook.person, 1)
        hook.serve(at)
        sweep_webhooks(at=at.move(days=29, hours=23))
        assert len(hook.deliveries) == 1
        sweep_webhooks(at=at.move(hours=2))
        assert hook.deliveries == []


def test_looking_for_work_takes_two_statements_when_there_is_none():
    hooked("http://127.0.0.1:9/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        fan_out_webhooks(at=Clock()())
        take_webhooks(limit=8, at=Clock()())
    assert len(asked) == 2


def test_every_deed_is_on_the_record():
    hook, at = hooked("http://127.0.0.1:9/"), Clock()
    actor = program(hook.person)
    change_webhook(subscription_id=hook.id, changes={"topics": ("accounts.*",)}, actor=actor, at=at())
    change_webhook(subscription_id=hook.id, changes={"topics": ("accounts.*",)}, actor=actor, at=at())
    pause_webhook(subscription_id=hook.id, actor=actor, at=at())
    resume_webhook(subscription_id=hook.id, actor=actor, at=at())
    rotate_webhook_secret(subscription_id=hook.id, actor=actor, at=at())
    try_webhook(subscription_id=hook.id, actor=actor, at=at())
    replay_webhook(subscription_id=hook.id, after=0, actor=actor, at=at())
    delete_webhook(subscription_id=hook.id, actor=actor, at=at())

    entries = AuditEntry.objects.filter(object_type="accounts.webhook", object_id=str(hook.id)).order_by("id")
    assert [each.action.rpartition(".")[2] for each in entries] == [
        "create", "change", "pause", "resume", "rotate_secret", "test", "replay", "delete",
    ]  # fmt: skip
    assert {each.actor_kind for each in entries} == {"CREDENTIAL"}
    assert "whsec_" not in json.dumps([each.changes for each in entries])


def test_a_stream_is_found_by_its_index_however_much_others_are_told():
    hook = hooked("http://127.0.0.1:9/")
    happen(hook.person, 3)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outboxmessage (topic, channel, entity_id, subject_type, subject_id, payload, stream_seq, prev_seq,"
            " sealed_at) SELECT 'a.b.c', 'TRANSFERS', CASE WHEN n % 2 = 0 THEN gen_random_uuid() END, 'a.b', gen_random_uuid(),"
            " '{}', 1000000 + n, 0, now() FROM generate_series(1, 20000) n"
        )
        cursor.execute("ANALYZE core_outboxmessage")
        for statement, values in ((_OF_ENTITY, [hook.person.entity_id]), (_OF_FIRM, [])):
            cursor.execute(f"EXPLAIN {statement}", [*values, 5, 1_005, ["%"], 10])
            assert "outbox_seq_is_used_once" in str(cursor.fetchall())
