"""The facts of webhooks live in the database: each is hit by going around Python. And a copy of it opens nothing."""

import json

import pytest
from django.db import connection

from accounts.models import WebhookDelivery, WebhookSubscription, WebhookSubscriptionHistory
from accounts.operations.fan_out_webhooks import fan_out_webhooks
from accounts.operations.rotate_webhook_secret import rotate_webhook_secret
from core import clock
from core.operations.record_audit import SYSTEM
from tests.accounts.webhooks.telling import a_hooked_client, happen, hooked
from tests.dump import dump_tables, traces
from tests.guards.going_around import clone, refusing_fact

pytestmark = pytest.mark.django_db
SUBSCRIPTION, DELIVERY = "accounts_webhooksubscription", "accounts_webhookdelivery"
TRIED = "attempts = 1, first_attempt_at = now(), attempted_at = now()"

CHANGES = [
    ("entity_has_at_most_ten_webhooks", SUBSCRIPTION, "slot = 11"),
    ("entity_has_at_most_ten_webhooks", SUBSCRIPTION, "slot = 0"),
    ("webhook_url_is_https", SUBSCRIPTION, "url = 'http://hooks.example.com/'"),
    ("webhook_url_is_https", SUBSCRIPTION, "url = 'http://127.0.0.1.example.com/'"),
    ("webhook_url_is_https", SUBSCRIPTION, "url = 'https://hooks example.com/'"),
    ("webhook_has_topics", SUBSCRIPTION, "topics = '{}'"),
    ("webhook_has_topics", SUBSCRIPTION, "topics = array_fill('*'::text, ARRAY[51])"),
    ("webhook_pace_is_bounded", SUBSCRIPTION, "max_per_second = 0"),
    ("webhook_pace_is_bounded", SUBSCRIPTION, "max_per_second = 101"),
    ("webhook_status_is_known", SUBSCRIPTION, "status = 'LOST'"),
    ("webhook_secret_is_sealed", SUBSCRIPTION, "sealed_secret = ''"),
    ("webhook_secret_is_sealed", SUBSCRIPTION, "sealed_secret = 'whsec_AAECAwQF'"),
    ("previous_webhook_secret_is_sealed_and_ends", SUBSCRIPTION, "previous_secret_ends_at = now()"),
    ("previous_webhook_secret_is_sealed_and_ends", SUBSCRIPTION, "previous_sealed_secret = sealed_secret"),
    ("previous_webhook_secret_is_sealed_and_ends", SUBSCRIPTION, "previous_sealed_secret = 'x', previous_secret_ends_at = now()"),
    ("deleted_webhook_keeps_no_secret", SUBSCRIPTION, "deleted_at = now(), status = 'PAUSED'"),
    ("deleted_webhook_keeps_no_secret", SUBSCRIPTION, "deleted_at = now(), sealed_secret = ''"),
    ("broken_webhook_was_failing", SUBSCRIPTION, "status = 'BROKEN'"),
    ("webhook_delivery_status_is_known", DELIVERY, f"status = 'LOST', ended_at = now(), {TRIED}"),
    ("tried_webhook_delivery_has_times", DELIVERY, "attempts = 1"),
    ("tried_webhook_delivery_has_times", DELIVERY, "status = 'RETRYING'"),
    ("tried_webhook_delivery_has_times", DELIVERY, "status = 'RETRYING', attempts = 1, first_attempt_at = now()"),
    ("ended_webhook_delivery_has_time", DELIVERY, "ended_at = now()"),
    ("ended_webhook_delivery_has_time", DELIVERY, f"status = 'EXHAUSTED', {TRIED}"),
    ("delivered_webhook_was_answered", DELIVERY, f"status = 'DELIVERED', ended_at = now(), {TRIED}"),
    ("delivered_webhook_was_answered", DELIVERY, f"status = 'DELIVERED', ended_at = now(), {TRIED}, last_status_code = 302"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "table", "change"), CHANGES, ids=[f"{each[0]}-{number}" for number, each in enumerate(CHANGES)]
)
def test_the_fact_refuses(fact, table, change):
    hook = hooked("https://hooks.example.com/")
    happen(hook.person)
    fan_out_webhooks(at=clock.now())
    assert refusing_fact(f"UPDATE {table} SET {change}") == fact


def test_what_is_there_once():
    hook = hooked("https://hooks.example.com/")
    happen(hook.person)
    fan_out_webhooks(at=clock.now())
    assert refusing_fact(clone(SUBSCRIPTION)) == "webhook_slot_is_taken_once"
    assert refusing_fact(clone(DELIVERY)) == "message_is_delivered_once_per_subscription"
    WebhookDelivery.objects.update(message=None)
    assert refusing_fact(clone(DELIVERY)) == "webhook_has_one_waiting_test"


def test_every_named_fact_is_tried():
    tried = {fact for fact, _, _ in CHANGES}
    tried |= {
        "webhook_slot_is_taken_once",
        "message_is_delivered_once_per_subscription",
        "webhook_has_one_waiting_test",
    }
    models = (WebhookSubscription, WebhookDelivery)
    assert tried == {constraint.name for model in models for constraint in model._meta.constraints}


def test_a_copy_of_the_database_signs_nothing():
    hook = hooked("https://hooks.example.com/")
    new = rotate_webhook_secret(subscription_id=hook.id, actor=SYSTEM, at=clock.now())
    secrets = [hook.secret, new.secret, hook.secret.removeprefix("whsec_"), new.secret.removeprefix("whsec_")]
    places = dump_tables()
    assert str(hook.id) in places[SUBSCRIPTION]
    assert traces(secrets, places) == []


def test_a_secret_shown_over_the_api_is_kept_nowhere_either():
    person = a_hooked_client()
    wish = {"url": "https://hooks.example.com/", "topics": ["*"]}
    shown = json.loads(person.api.post("/webhook-subscriptions", wish, HTTP_IDEMPOTENCY_KEY="x").content)["secret"]
    assert shown.startswith("whsec_")
    assert traces([shown, shown.removeprefix("whsec_")], dump_tables()) == []


def test_the_history_keeps_terms_and_no_delivery_writes_into_it():
    hook = hooked("https://hooks.example.com/")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    WebhookSubscription.objects.filter(pk=hook.id).update(last_seq=7, failures=1, taken_until=clock.now())
    WebhookSubscription.objects.filter(pk=hook.id).update(url="https://other.example.com/")
    rows = WebhookSubscriptionHistory.objects.filter(pgh_obj_id=hook.id).order_by("pgh_id")
    assert [each.url for each in rows] == ["https://hooks.example.com/", "https://other.example.com/"]
