"""Webhooks: where clients are told of events, whether that works, what was delivered; pausing, resuming and sending again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.domain.webhook_event import TEST_TOPIC
from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.operations.pause_webhook import pause_webhook
from accounts.operations.replay_webhook import replay_webhook
from accounts.operations.resume_webhook import resume_webhook
from accounts.queries.webhooks import count_waiting, get_webhook, list_deliveries, list_webhooks
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page

COLUMNS = (
    Column("url", "Address", link="address", cut=True),
    Column("entity", "Client", link="entity_address"),
    Column("state", "State", "chip", noun="webhook"),
    Column("failing_since", "Failing since (UTC)", "time"),
    Column("topics", "Topics", cut=True),
    Column("max_per_second", "A second at most", "count"),
    Column("created_at", "Since (UTC)", "time"),
)
LOG = (
    Column("created_at", "Queued (UTC)", "time"),
    Column("topic", "Event"),
    Column("seq", "Number"),
    Column("status", "State", "chip", noun="delivery"),
    Column("attempts", "Tries", "count"),
    Column("attempted_at", "Last try (UTC)", "time"),
    Column("last_status_code", "Answer"),
    Column("error", "What was wrong", "word"),
    Column("last_latency_millis", "Took (ms)"),
    Column("due_at", "Next try (UTC)", "time"),
)
STATES = ("ACTIVE", "FAILING", "PAUSED", "BROKEN")


@require_GET
@staff_page(permission="webhook.read")
def show_webhooks(request: HttpRequest) -> HttpResponse:
    """Everybody's subscriptions, the newest first."""
    text, state = request.GET.get("text", "").strip()[:100], request.GET.get("status", "")
    state = state if state in STATES else ""
    found = read_keyset_page(
        list_webhooks(text=text, state=state),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    reads_entities = has_permission(request, "desk.read")
    context = {
        "columns": COLUMNS,
        "page": found.map(lambda row: _row(row, reads_entities=reads_entities)),
        "filter": {"status": state, "text": text},
        "statuses": STATES,
        "empty": "No webhooks match. Clients subscribe over the API.",
    }
    return answer(request, "ops/accounts/webhooks.html", context, parts=("list",))


@require_GET
@staff_page(permission="webhook.read")
def show_webhook(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    """One subscription: its terms, whether it works, and its log of deliveries."""
    webhook = get_webhook(subscription_id=subscription_id)
    status = request.GET.get("status", "")
    rows = list_deliveries(subscription_id=subscription_id)
    rows = rows.filter(status=status) if status in WebhookDelivery.Status.values else rows
    found = read_keyset_page(rows, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "webhook": webhook,
        "state": _state(webhook),
        "waiting": count_waiting(subscription_id),
        "has_previous": webhook.has_previous_secret(at=clock.now()),
        "columns": LOG,
        "page": found.map(_delivery),
        "filter": {"status": status},
        "statuses": WebhookDelivery.Status.values,
        "empty": "Nothing was sent yet.",
    }
    return answer(request, "ops/accounts/webhook.html", context, parts=("list",))


@require_POST
@staff_page(permission="webhook.write")
def act_on_webhook(request: HttpRequest, subscription_id: UUID, deed: str) -> HttpResponse:
    """Pause it, resume it or have events sent again, with a reason."""
    if deed not in DEEDS:
        raise Http404
    reason = request.POST.get("reason", "").strip()[:500]
    try:
        if not reason:
            raise Refusal("REASON_MISSING", "Say why.")
        with transaction.atomic(durable=True):
            said = DEEDS[deed](request, subscription_id, reason)
        messages.success(request, said, "ok")
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, f"Not done: {refusal.detail or refusal.code}", "bad")
    return HttpResponseRedirect(reverse("ops:webhook", args=[subscription_id]))


def _pause(request: HttpRequest, subscription_id: UUID, reason: str) -> str:
    pause_webhook(subscription_id=subscription_id, reason=reason, actor=actor_of(request), at=clock.now())
    return "Paused. What happens meanwhile is sent once it is resumed."


def _resume(request: HttpRequest, subscription_id: UUID, reason: str) -> str:
    resume_webhook(subscription_id=subscription_id, reason=reason, actor=actor_of(request), at=clock.now())
    return "Resumed. What waits is due now."


def _replay(request: HttpRequest, subscription_id: UUID, reason: str) -> str:
    after, until = _number(request, "after"), request.POST.get("until", "").strip()
    count = replay_webhook(
        subscription_id=subscription_id,
        after=after,
        until=_number(request, "until") if until else None,
        reason=reason,
        actor=actor_of(request),
        at=clock.now(),
    )
    return f"{count} events are sent again."


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Refusal("NUMBER_INVALID", "Give the numbers of events, from 0.")
    return int(text)


DEEDS: dict[str, Callable[[HttpRequest, UUID, str], str]] = {"pause": _pause, "resume": _resume, "replay": _replay}


def _state(webhook: WebhookSubscription) -> str:
    """ACTIVE, PAUSED, BROKEN, or what an active one comes to: FAILING while it answers nothing well."""
    is_failing = webhook.status == WebhookSubscription.Status.ACTIVE and webhook.failing_since is not None
    return "FAILING" if is_failing else webhook.status


def _row(webhook: WebhookSubscription, *, reads_entities: bool) -> dict[str, Any]:
    return {
        "url": webhook.url,
        "address": reverse("ops:webhook", args=[webhook.pk]),
        "entity": webhook.entity.shown_name,
        "entity_address": reverse("ops:entity", args=[webhook.entity_id]) if reads_entities else "",
        "state": _state(webhook),
        "failing_since": webhook.failing_since,
        "topics": ", ".join(webhook.topics),
        "max_per_second": webhook.max_per_second,
        "created_at": webhook.created_at,
    }


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "created_at": row.created_at,
        "topic": row.message.topic if row.message else TEST_TOPIC,
        "seq": row.message.stream_seq if row.message else None,
        "status": row.status,
        "attempts": row.attempts,
        "attempted_at": row.attempted_at,
        "last_status_code": row.last_status_code,
        "error": row.last_error,
        "last_latency_millis": row.last_latency_millis,
        "due_at": None if row.ended_at else row.due_at,
    }
