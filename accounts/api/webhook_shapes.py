"""What is said of a webhook, and how it and its deliveries are shown."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.credential_shapes import OverlapField, SwitchField
from accounts.domain.webhook_event import TEST_TOPIC, trial_id
from accounts.domain.webhook_target import LONGEST_URL
from accounts.domain.webhook_topics import LONGEST_TOPIC, MOST_TOPICS
from accounts.models import WebhookDelivery, WebhookSubscription
from core.api.fields import IdField, InstantField, TextField, WordField
from core.api.shapes import ShapeIn, ShapeOut
from core.domain.event_id import event_id

LARGEST_NUMBER = 10**18 - 1


@extend_schema_field(
    {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_TOPICS,
        "items": {"type": "string", "maxLength": LONGEST_TOPIC, "example": "settlement.deposit.*"},
    }
)
class TopicsField(serializers.Field[tuple[str, ...], Any, list[str], Any]):
    """Topics, each once; what form they have is the operation's to know."""

    default_error_messages = {"FIELD_INVALID": "This must be a list of 1 to {most} texts."}

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        is_list = isinstance(data, list) and 1 <= len(data) <= MOST_TOPICS
        if not is_list or not all(isinstance(each, str) and 1 <= len(each) <= LONGEST_TOPIC for each in data):
            self.fail("FIELD_INVALID", most=MOST_TOPICS)
        return tuple(dict.fromkeys(data))

    def to_representation(self, value: Any) -> list[str]:
        return list(value)


class _NumberField(serializers.Field[int, Any, int, Any]):
    """A whole number from 0."""

    default_error_messages = {"NUMBER_INVALID": "This must be a whole number from 0 to {most}."}

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int or not 0 <= data <= self.most:
            self.fail("NUMBER_INVALID", most=self.most)
        return data

    def to_representation(self, value: int) -> int:
        return value


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 100})
class PaceField(_NumberField):
    """Messages a second."""


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 0})
class SeqField(_NumberField):
    """A number in the entity's stream."""


class WebhookIn(ShapeIn):
    url = TextField(most=LONGEST_URL)
    topics = TopicsField()
    max_per_second = PaceField(most=100, required=False)


class WebhookChangeIn(ShapeIn):
    url = TextField(most=LONGEST_URL, required=False)
    topics = TopicsField(required=False)
    max_per_second = PaceField(most=100, required=False)
    status = WordField(("ACTIVE", "PAUSED"), required=False)


class WebhookSecretIn(ShapeIn):
    overlap_seconds = OverlapField(required=False)
    replaces_oldest = SwitchField(required=False)


class ReplayIn(ShapeIn):
    after = SeqField(most=LARGEST_NUMBER)
    until = SeqField(most=LARGEST_NUMBER, required=False)


class WebhookOut(ShapeOut):
    id = IdField()
    entity_id = IdField()
    url = TextField()
    topics = TopicsField()
    max_per_second = serializers.IntegerField()
    status = WordField(WebhookSubscription.Status.values)
    last_seq = serializers.IntegerField()
    failing_since = InstantField(allow_null=True)
    previous_secret_ends_at = InstantField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


class NewWebhookOut(WebhookOut):
    """A new subscription with its secret, as it is shown once; an answer that is given again has null in its place."""

    secret = TextField(allow_null=True)


class WebhookSecretOut(ShapeOut):
    """A secret as it is shown once; an answer that is given again has null in its place."""

    subscription_id = IdField()
    secret = TextField(allow_null=True)
    previous_secret_ends_at = InstantField(allow_null=True)


class ReplayOut(ShapeOut):
    count = serializers.IntegerField()


class DeliveryOut(ShapeOut):
    """One event on its way. ``last_error`` is null where the last try was answered well, or none was made."""

    id = IdField()
    event_id = TextField()
    event_type = TextField()
    seq = serializers.IntegerField(allow_null=True)
    status = WordField(WebhookDelivery.Status.values)
    attempts = serializers.IntegerField()
    due_at = InstantField(allow_null=True)
    attempted_at = InstantField(allow_null=True)
    ended_at = InstantField(allow_null=True)
    last_status_code = serializers.IntegerField(allow_null=True)
    last_error = TextField(allow_null=True)
    last_latency_millis = serializers.IntegerField(allow_null=True)
    created_at = InstantField()

    def to_representation(self, instance: WebhookDelivery) -> dict[str, Any]:
        """The delivery with the name, topic and number of its event; of a test there is no number."""
        return super().to_representation(_Told(instance))


class _Told:
    """A delivery as its client sees it."""

    def __init__(self, row: WebhookDelivery) -> None:
        self._row = row
        message = row.message
        self.event_id = trial_id(row.id) if message is None else event_id(message.entity_id, message.stream_seq or 0)
        self.event_type = TEST_TOPIC if message is None else message.topic
        self.seq = None if message is None else message.stream_seq
        self.due_at = None if row.ended_at else row.due_at
        self.last_error = row.last_error or None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


WEBHOOK_IN, WEBHOOK_CHANGE_IN = WebhookIn(), WebhookChangeIn()
WEBHOOK_SECRET_IN, REPLAY_IN = WebhookSecretIn(), ReplayIn()
WEBHOOK_OUT, WEBHOOK_SECRET_OUT, DELIVERY_OUT = WebhookOut(), WebhookSecretOut(), DeliveryOut()
