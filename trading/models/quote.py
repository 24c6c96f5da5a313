"""A price that the house holds for a client."""

from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Profile
from core.fields import amount_field, within
from core.ids import new_id
from trading.models.market import Market
from trading.models.quote_terms import QuoteTerms

# What a quote says, and never says otherwise.
HELD = (
    "profile_id", "market_id", "terms_id", "side", "base_amount", "quote_amount", "price", "raw_price", "spread_bp",
    "gives_base", "gives_quote", "quoted_at", "expires_at",
)  # fmt: skip


class Quote(models.Model):
    """One side, one amount, one price with everything in it, held until ``expires_at``.

    The client named ``base_amount`` or ``quote_amount``; ``gives_base`` and ``gives_quote`` are what moves if it is executed,
    the named one exactly and the other rounded for the house. ``raw_price`` is what the source said, ``spread_bp`` what was put
    on it. Whether it still holds is decided by its moment and not by its status: a sweep writes EXPIRED later.
    """

    class Side(models.TextChoices):
        BUY = "BUY"
        SELL = "SELL"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        EXECUTED = "EXECUTED"
        EXPIRED = "EXPIRED"
        WITHDRAWN = "WITHDRAWN"

    class Withdrawal(models.TextChoices):
        """Why a quote was withdrawn: by the desk, because its market left OPEN, because the price ran away."""

        DESK = "DESK"
        PHASE = "PHASE"
        BAND = "BAND"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="quotes")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="quotes")
    terms = models.ForeignKey(QuoteTerms, on_delete=models.PROTECT, related_name="quotes")
    credential_id = models.UUIDField()
    side = models.CharField(max_length=4, choices=Side)
    base_amount: "models.DecimalField[Decimal | None, Decimal | None]" = models.DecimalField(
        max_digits=38, decimal_places=18, null=True
    )
    quote_amount: "models.DecimalField[Decimal | None, Decimal | None]" = models.DecimalField(
        max_digits=38, decimal_places=18, null=True
    )
    price = amount_field()
    raw_price = amount_field()
    spread_bp: "models.DecimalField[Decimal, Decimal]" = models.DecimalField(max_digits=6, decimal_places=2)
    gives_base = amount_field()
    gives_quote = amount_field()
    status = models.CharField(max_length=9, choices=Status, default=Status.ACTIVE)
    withdrawn_for = models.CharField(max_length=5, choices=Withdrawal, blank=True)
    quoted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quote_has_one_amount",
                condition=Q(base_amount__isnull=False, quote_amount__isnull=True)
                | Q(base_amount__isnull=True, quote_amount__isnull=False),
            ),
            models.CheckConstraint(
                name="quote_gives_what_was_named",
                condition=Q(base_amount__isnull=True, quote_amount=F("gives_quote"))
                | Q(quote_amount__isnull=True, base_amount=F("gives_base")),
            ),
            models.CheckConstraint(
                name="quote_gives_something",
                condition=Q(price__gt=0, raw_price__gt=0, gives_base__gt=0, gives_quote__gt=0)
                & within("price")
                & within("raw_price")
                & within("gives_base")
                & within("gives_quote"),
            ),
            models.CheckConstraint(name="quote_side_is_known", condition=Q(side__in=["BUY", "SELL"])),
            models.CheckConstraint(name="quote_is_held_for_a_time", condition=Q(expires_at__gt=F("quoted_at"))),
            # What is over has its moment, and only what was withdrawn says for what.
            models.CheckConstraint(
                name="quote_is_closed_whole",
                condition=Q(status="ACTIVE", closed_at__isnull=True, withdrawn_for="")
                | Q(status__in=["EXECUTED", "EXPIRED"], closed_at__isnull=False, withdrawn_for="")
                | Q(status="WITHDRAWN", closed_at__isnull=False, withdrawn_for__in=["DESK", "PHASE", "BAND"]),
            ),
        ]
        indexes = [
            models.Index(fields=["profile", "id"], name="quote_of_profile"),
            models.Index(fields=["expires_at"], name="quote_open", condition=Q(status="ACTIVE")),
            models.Index(fields=["market"], name="quote_open_of_market", condition=Q(status="ACTIVE")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="quote_is_decided_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF OLD.status <> 'ACTIVE' OR ({", ".join(f"OLD.{name}" for name in HELD)})
                        IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in HELD)})
                    THEN
                        RAISE EXCEPTION 'quote % is over, or would say something else', OLD.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_is_decided_once';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def status_at(self, at: datetime) -> str:
        """What it is at ``at``, whether or not a sweep has come by."""
        is_over = self.status == Quote.Status.ACTIVE and at >= self.expires_at
        return Quote.Status.EXPIRED if is_over else self.status

    def mark_closed(self, status: str, *, at: datetime, withdrawn_for: str = "") -> None:
        """It is over: EXECUTED, EXPIRED or WITHDRAWN."""
        self.status, self.withdrawn_for, self.closed_at = status, withdrawn_for, at
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", "withdrawn_for", "closed_at", "version", "updated_at"])
