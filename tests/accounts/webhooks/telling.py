"""Clients with webhooks, and what happens to them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.operations.create_webhook import create_webhook
from accounts.operations.fan_out_webhooks import fan_out_webhooks
from accounts.operations.serve_webhook import serve_webhook
from core import clock
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor
from core.operations.seal_outbox import seal_outbox
from tests.accounts.webhooks.receiving import local_sender
from tests.people import Person, a_client

SCOPES = ("webhooks:read", "webhooks:write", "events:read")


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = field(default_factory=clock.now)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@dataclass
class Hook:
    """A subscription with its client and its secret."""

    person: Person
    id: UUID
    secret: str

    @property
    def row(self) -> WebhookSubscription:
        return WebhookSubscription.objects.get(pk=self.id)

    @property
    def deliveries(self) -> list[WebhookDelivery]:
        return list(WebhookDelivery.objects.filter(subscription_id=self.id).order_by("id"))

    def statuses(self) -> list[str]:
        return [each.status for each in self.deliveries]

    def serve(self, at: Clock) -> int:
        """Queue what there is and send what is due, once."""
        fan_out_webhooks(at=at())
        return serve_webhook(subscription_id=self.id, sender=local_sender(), clock=at)


def a_hooked_client() -> Person:
    """A client whose stream is told up to here."""
    person = a_client(scopes=SCOPES)
    seal()
    return person


def program(person: Person) -> Actor:
    return Actor("CREDENTIAL", person.credential.credential_id)


def hooked(url: str, *topics: str, person: Person | None = None, pace: int = 100) -> Hook:
    """A webhook of ``person``, or of a new client, with these topics or all."""
    person = person or a_hooked_client()
    made = create_webhook(
        entity_id=person.entity_id,
        url=url,
        topics=topics or ("*",),
        max_per_second=pace,
        actor=program(person),
        at=clock.now(),
    )
    return Hook(person, made.subscription_id, made.secret)


def say(person: Person, topic: str = "settlement.deposit.credited", **data: object) -> None:
    """Something happens to the client."""
    publish_message(
        topic=topic,
        channel="TRANSFERS",
        entity_id=person.entity_id,
        subject_type="settlement.deposit",
        subject_id=person.profile_id,
        payload=data,
    )


def seal() -> None:
    seal_outbox(at=clock.now(), limit=10_000)


def happen(person: Person, count: int = 1, topic: str = "settlement.deposit.credited") -> None:
    """So many things happen and are sealed."""
    for number in range(count):
        say(person, topic, number=number)
    seal()
