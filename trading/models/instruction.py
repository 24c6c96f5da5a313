"""The command log of a market."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import LARGEST, amount_field
from core.schema import Partitioning, next_value_of
from trading.models.market import Market
from trading.models.order import Order

OF_AN_ORDER = ["PLACE", "AMEND", "CANCEL"]
KINDS = [
    *OF_AN_ORDER, "MASS_CANCEL", "WAKE", "CHANGE_PHASE", "SET_REFERENCE", "SET_PARAMETERS", "ENGAGE_KILL", "RELEASE_KILL",
    "BUST", "CORRECT",
]  # fmt: skip

# So many batches with an instruction fail before it is parked: it stays PENDING and is not tried any more.
ATTEMPTS_BEFORE_PARKED = 5


class Instruction(models.Model):
    """One wish put to a market's engine. Everything that changes an outcome is one.

    The matcher gives each instruction it applies the market's next ``position``. Position, not id, is the order of history:
    ids whose transactions commit in the other order are applied as they become visible. What ``payload`` has in it, kind by kind,
    says ``trading.domain.payload``. ``hold_change`` is what the door has taken for an AMEND beyond what its order holds, in the
    order's hold asset: the instruction holds it while it waits.
    """

    partitioning = Partitioning(by="NUMBER", unique={"instruction_position_is_gapless": ("market_id", "position")})

    class Kind(models.TextChoices):
        PLACE = "PLACE"
        AMEND = "AMEND"
        CANCEL = "CANCEL"
        MASS_CANCEL = "MASS_CANCEL"
        WAKE = "WAKE"
        CHANGE_PHASE = "CHANGE_PHASE"
        SET_REFERENCE = "SET_REFERENCE"
        SET_PARAMETERS = "SET_PARAMETERS"
        ENGAGE_KILL = "ENGAGE_KILL"
        RELEASE_KILL = "RELEASE_KILL"
        BUST = "BUST"
        CORRECT = "CORRECT"

    class Initiator(models.TextChoices):
        CLIENT = "CLIENT"
        FIRM = "FIRM"
        VENUE_AUTO = "VENUE_AUTO"
        VENUE_HUMAN = "VENUE_HUMAN"

    class Status(models.TextChoices):
        PENDING = "PENDING"
        APPLIED = "APPLIED"
        REFUSED = "REFUSED"

    id = models.BigIntegerField(primary_key=True, db_default=next_value_of("trading_instruction_id_seq"))
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="instructions", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="instructions", db_index=False)
    payload = models.JSONField(default=dict)
    hold_change = amount_field(default=0, db_default=0)
    instructed_at = models.DateTimeField()
    actor_id = models.UUIDField()
    initiator = models.CharField(max_length=11, choices=Initiator)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    refusal = models.CharField(max_length=40, blank=True)
    position = models.BigIntegerField(null=True)
    applied_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    # The safe direction does not queue behind what it is to stop.
    goes_first = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="instruction_is_decided_whole",
                condition=Q(status="PENDING", position__isnull=True, applied_at__isnull=True, refusal="")
                | Q(status="APPLIED", position__isnull=False, applied_at__isnull=False, refusal="")
                | (Q(status="REFUSED", position__isnull=False, applied_at__isnull=False) & ~Q(refusal="")),
            ),
            models.CheckConstraint(
                name="instruction_kind_is_known",
                condition=Q(kind__in=KINDS),
            ),
            models.CheckConstraint(
                name="instruction_initiator_is_known",
                condition=Q(initiator__in=["CLIENT", "FIRM", "VENUE_AUTO", "VENUE_HUMAN"]),
            ),
            models.CheckConstraint(
                name="instruction_names_its_order",
                condition=Q(kind__in=OF_AN_ORDER, order__isnull=False)
                | (~Q(kind__in=OF_AN_ORDER) & Q(order__isnull=True)),
            ),
            models.CheckConstraint(
                name="only_an_amend_holds",
                condition=Q(kind="AMEND", hold_change__gte=0, hold_change__lt=LARGEST)
                | (~Q(kind="AMEND") & Q(hold_change=0)),
            ),
        ]
        indexes = [
            models.Index(fields=["market", "id"], name="instruction_waiting", condition=Q(status="PENDING")),
            models.Index(fields=["order"], name="instruction_of_order"),
            models.Index(
                fields=["market"], name="instruction_going_first", condition=Q(status="PENDING", goes_first=True)
            ),
        ]
