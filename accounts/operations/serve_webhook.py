"""Send one webhook what is due, one message after the other, at its own pace; and note what came of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.domain.webhook_event import event_body, trial_body, trial_id
from accounts.domain.webhook_retries import next_attempt_at, rest_until
from accounts.domain.webhook_signature import SecretInvalid, signed_headers
from accounts.gateways.key_ring import SealBroken
from accounts.gateways.webhook_secret import open_secret
from accounts.gateways.webhook_sender import Answer, WebhookSender
from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.models.webhook_delivery import WAITING
from core.domain.event_id import event_id
from core.domain.refusals import Refusal

log = structlog.get_logger(__name__)

# For so long one webhook is served before another one's turn.
TURN_SECONDS = 3.0
# A last try of which nobody noted the outcome is made once more.
LOST_SECONDS = 60
Status = WebhookDelivery.Status


@dataclass(frozen=True, slots=True)
class _Attempt:
    delivery_id: UUID
    number: int
    first_at: datetime
    is_test: bool
    url: str
    headers: dict[str, str]
    body: bytes
    pause: timedelta


def serve_webhook(*, subscription_id: UUID, sender: WebhookSender, clock: Callable[[], datetime]) -> int:
    """Send what is due until nothing is, a try fails, or its turn is over; answers how many tries that were.

    Whoever calls has taken the subscription for a while (``take_webhooks``), so that one sender keeps its pace: a message each
    ``1 / max_per_second`` of a second at most. Afterwards it is free again from the moment that its pace allows the next.
    """
    tries, begun = 0, monotonic()
    free_at = clock()
    try:
        while monotonic() - begun < TURN_SECONDS:
            attempt = _take_delivery(subscription_id, clock())
            if attempt is None:
                break
            tries, started = tries + 1, clock()
            answer = sender.send(attempt.url, headers=attempt.headers, body=attempt.body)
            _note_answer(subscription_id, attempt, answer, clock())
            free_at = started + attempt.pause
            if not answer.is_delivered:
                break
            sleep(max(0.0, (free_at - clock()).total_seconds()))
    except (SealBroken, SecretInvalid, Refusal) as error:
        # Its secret does not open, or the keys are away: nothing was tried, and others are served.
        log.error("webhook without its secret", subscription=str(subscription_id), error=type(error).__name__)
        free_at = clock() + timedelta(seconds=5)
    finally:
        WebhookSubscription.objects.filter(pk=subscription_id).update(taken_until=free_at)
    return tries


def due_deliveries(subscription: WebhookSubscription, at: datetime) -> "QuerySet[WebhookDelivery]":
    """What may be sent to it at ``at``: tests always, events unless it is paused, broken or resting."""
    rows = WebhookDelivery.objects.filter(subscription=subscription, status__in=WAITING, due_at__lte=at)
    is_resting = subscription.rest_until is not None and subscription.rest_until > at
    if subscription.status != WebhookSubscription.Status.ACTIVE or is_resting:
        rows = rows.filter(message__isnull=True)
    return rows


def _take_delivery(subscription_id: UUID, at: datetime) -> _Attempt | None:
    """The next due delivery, with its try counted and the next one given its time already."""
    with transaction.atomic(durable=True):
        subscription = WebhookSubscription.objects.filter(pk=subscription_id, deleted_at=None).first()
        if subscription is None:
            return None
        rows = due_deliveries(subscription, at).select_for_update(skip_locked=True, of=("self",))
        row = rows.select_related("message").order_by("due_at", "id").first()
        if row is None:
            return None
        attempt = _attempt(subscription, row, at)
        row.status, row.attempts = Status.RETRYING, attempt.number
        row.first_attempt_at, row.attempted_at = attempt.first_at, at
        row.due_at = _next(attempt, at) or at + timedelta(seconds=LOST_SECONDS)
        row.save(update_fields=["status", "attempts", "first_attempt_at", "attempted_at", "due_at"])
    return attempt


def _attempt(subscription: WebhookSubscription, row: WebhookDelivery, at: datetime) -> _Attempt:
    message = row.message
    if message is None:
        name = trial_id(row.id)
        body = trial_body(delivery_id=row.id, subscription_id=subscription.id, asked_at=row.created_at)
    else:
        assert message.stream_seq is not None and message.prev_seq is not None
        name = event_id(message.entity_id, message.stream_seq)
        body = event_body(
            event_id=name,
            seq=message.stream_seq,
            prev_seq=message.prev_seq,
            channel=message.channel,
            topic=message.topic,
            subject_type=message.subject_type,
            subject_id=message.subject_id,
            occurred_at=message.created_at,
            data=message.payload,
        )
    sealed = [subscription.sealed_secret]
    if subscription.has_previous_secret(at=at):
        sealed.append(subscription.previous_sealed_secret)
    secrets = [open_secret(each, subscription_id=subscription.id) for each in sealed]
    return _Attempt(
        delivery_id=row.id,
        number=row.attempts + 1,
        first_at=row.first_attempt_at or at,
        is_test=row.is_test,
        url=subscription.url,
        headers=signed_headers(secrets, message_id=name, at=at, body=body),
        body=body,
        pause=timedelta(seconds=1) / subscription.max_per_second,
    )


def _next(attempt: _Attempt, at: datetime) -> datetime | None:
    """When it is tried again; a test is tried once."""
    if attempt.is_test:
        return None
    seed = str(attempt.delivery_id)
    return next_attempt_at(attempts=attempt.number, first_attempt_at=attempt.first_at, at=at, seed=seed)


def _note_answer(subscription_id: UUID, attempt: _Attempt, answer: Answer, at: datetime) -> None:
    told: dict[str, Any] = {
        "last_status_code": answer.status_code,
        "last_error": answer.error,
        "last_latency_millis": answer.latency_millis,
    }
    due_at = _next(attempt, at)
    if answer.is_delivered:
        told |= {"status": Status.DELIVERED, "ended_at": at}
    elif due_at is None:
        told |= {"status": Status.EXHAUSTED, "ended_at": at}
    else:
        told |= {"due_at": due_at}
    with transaction.atomic(durable=True):
        # Lock order: the subscription, then its deliveries.
        subscription = WebhookSubscription.objects.select_for_update(no_key=True).get(pk=subscription_id)
        mine = Q(pk=attempt.delivery_id, status=Status.RETRYING, attempts=attempt.number)
        if not WebhookDelivery.objects.filter(mine).update(**told) or attempt.is_test:
            # Asked for anew meanwhile: that counts, and this try is told of nowhere.
            return
        if not answer.is_delivered:
            failures = subscription.failures + 1
            rest = rest_until(failures=failures, at=at)
            subscription.mark_failed(failures=failures, rest_until=rest, at=at)
        elif subscription.failures:
            subscription.mark_sound()
