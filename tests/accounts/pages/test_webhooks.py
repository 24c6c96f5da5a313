"""The pages of webhooks: who hears of what, whether that works, and what a person of the house may do about it."""

import pytest
from django.urls import reverse

from accounts.models import WebhookDelivery, WebhookSubscription
from core import clock
from core.models import AuditEntry
from tests.accounts.webhooks.telling import Clock, Hook, happen, hooked
from tests.desk import a_person, fragment, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/ops/webhooks"


@pytest.fixture
def hook() -> Hook:
    hook = hooked("https://hooks.example.com/in", "settlement.deposit.*")
    happen(hook.person, 2)
    hook.serve(Clock())
    return hook


def administrator():
    return signed_in(a_person(role="ADMINISTRATOR"))


def act(browser, hook: Hook, deed: str, **form: str) -> str:
    answer = browser.post(f"{PAGE}/{hook.id}/{deed}", form, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_whose_it_is_and_since_when_it_fails(hook):
    other = hooked("https://other.example.com/")
    browser = signed_in(a_person(role="COMPLIANCE"))
    text = browser.get(PAGE).content.decode()
    assert "https://hooks.example.com/in" in text
    assert "Failing" in text
    assert reverse("ops:entity", args=[hook.person.entity_id]) in text

    failing = fragment(browser, f"{PAGE}?status=FAILING").content.decode()
    assert "hooks.example.com" in failing
    assert "other.example.com" not in failing
    found = fragment(browser, f"{PAGE}?text=other.example").content.decode()
    assert "other.example.com" in found
    assert "hooks.example.com/in" not in found
    assert "No webhooks match" in fragment(browser, f"{PAGE}?status=BROKEN").content.decode()
    WebhookSubscription.objects.filter(pk=other.id).update(deleted_at=clock.now(), status="PAUSED", sealed_secret="")
    assert browser.get(f"{PAGE}/{other.id}").status_code == 404


def test_the_log_says_what_was_wrong_and_no_secret(hook):
    browser = signed_in(a_person(role="AUDITOR"))
    text = browser.get(f"{PAGE}/{hook.id}").content.decode()
    assert "settlement.deposit.credited" in text
    assert "Retrying" in text
    # Its name means nothing, or an address that nobody may reach: either way the log has a word for it.
    (tried,) = [each for each in hook.deliveries if each.attempts]
    assert tried.last_error
    assert "whsec_" not in text
    assert "v1." not in text
    assert "Pause" not in text
    assert "Nothing was sent yet" in fragment(browser, f"{PAGE}/{hook.id}?status=DELIVERED").content.decode()


def test_an_administrator_pauses_and_resumes_with_a_reason(hook):
    browser = administrator()
    assert "Say why" in act(browser, hook, "pause", reason=" ")
    assert hook.row.status == "ACTIVE"
    assert "Paused. What happens meanwhile" in act(browser, hook, "pause", reason="The client asks.")
    assert hook.row.status == "PAUSED"
    assert "Resumed" in act(browser, hook, "resume", reason="They are back.")
    assert (hook.row.status, hook.row.failing_since) == ("ACTIVE", None)
    entries = AuditEntry.objects.filter(object_id=str(hook.id), actor_kind="PERSON").order_by("id")
    assert [(each.action, each.reason) for each in entries] == [
        ("accounts.webhook.pause", "The client asks."), ("accounts.webhook.resume", "They are back."),
    ]  # fmt: skip
    assert browser.post(f"{PAGE}/{hook.id}/delete", {"reason": "x"}).status_code == 404


def test_an_administrator_has_events_sent_again(hook):
    WebhookDelivery.objects.update(
        status="EXHAUSTED", ended_at=clock.now(), attempts=9, first_attempt_at=clock.now(), attempted_at=clock.now()
    )
    browser = administrator()
    last = hook.row.last_seq
    assert "Give the numbers" in act(browser, hook, "replay", after="x", reason="Lost.")
    assert "1 events are sent again" in act(browser, hook, "replay", after=str(last - 1), reason="Lost.")
    assert hook.statuses() == ["EXHAUSTED", "PENDING"]
    assert "1 events" in act(browser, hook, "replay", after=str(last - 2), until=str(last - 1), reason="Lost.")
    assert hook.statuses() == ["PENDING", "PENDING"]


def test_who_may_only_read_changes_nothing(hook):
    browser = signed_in(a_person(role="COMPLIANCE"))
    assert browser.post(f"{PAGE}/{hook.id}/pause", {"reason": "x"}).status_code == 404
    assert signed_in(a_person(role="SUPPORT")).get(PAGE).status_code == 404
