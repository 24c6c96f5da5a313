"""On what terms the house quotes prices of its own in a market."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest
from core.fields import amount_field, within
from core.ids import new_id
from settlement.models.rail import follows_its_request
from trading.models.market import Market

# Tiers as a request says them: "0:25,1.5:15", from an amount on so many basis points.
SPREADS_SAID = """(
    SELECT string_agg(trim_scale(s.from_amount) || ':' || trim_scale(s.spread_bp), ',' ORDER BY s.from_amount)
    FROM trading_quotespread s WHERE s.terms_id = {terms}
)"""


class QuoteTerms(models.Model):
    """The terms of a market's quotes, all of them, from ``in_force_from`` until the next ones. Append-only.

    A market without terms is not quoted. ``source`` says where a price comes from; ``ttl_seconds`` how long it is held;
    ``max_amount`` (base) what one quote is for at most; ``exposure_cap`` (reporting asset) how much of either asset the house may
    have through its quotes. ``approval`` is the request that brought them.
    """

    is_append_only = True

    class Source(models.TextChoices):
        BOOK = "BOOK"
        REFERENCE = "REFERENCE"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="quote_terms")
    source = models.CharField(max_length=9, choices=Source)
    enabled = models.BooleanField()
    ttl_seconds = models.PositiveSmallIntegerField()
    max_amount = amount_field()
    exposure_cap = amount_field()
    in_force_from = models.DateTimeField()
    approval = models.ForeignKey(ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "in_force_from"], name="one_quote_terms_in_force"),
            models.CheckConstraint(
                name="quote_terms_are_bounded",
                condition=Q(ttl_seconds__gte=1, ttl_seconds__lte=300, max_amount__gt=0)
                & within("max_amount")
                & within("exposure_cap"),
            ),
            models.CheckConstraint(name="quote_source_is_known", condition=Q(source__in=["BOOK", "REFERENCE"])),
        ]
        triggers = [
            follows_its_request(
                "quote_terms_were_approved",
                action="QUOTE_TERMS",
                says=f"""r.payload->>'terms_id' = NEW.id::text AND r.payload->>'market_id' = NEW.market_id::text
                    AND r.payload->>'source' = NEW.source
                    AND r.payload->>'enabled' = CASE WHEN NEW.enabled THEN 'yes' ELSE 'no' END
                    AND r.payload->>'ttl_seconds' = NEW.ttl_seconds::text
                    AND (r.payload->>'max_amount')::numeric = NEW.max_amount
                    AND (r.payload->>'exposure_cap')::numeric = NEW.exposure_cap
                    AND r.payload->>'spreads' = {SPREADS_SAID.format(terms="NEW.id")}""",
                # Whoever stops quoting asks nobody.
                unasked="NOT NEW.enabled",
            )
        ]


class QuoteSpread(models.Model):
    """What the house keeps, in basis points of the price, of quotes from ``from_amount`` (base) on. Append-only."""

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    terms = models.ForeignKey(QuoteTerms, on_delete=models.PROTECT, related_name="spreads")
    from_amount = amount_field()
    spread_bp: "models.DecimalField[Decimal, Decimal]" = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terms", "from_amount"], name="quote_spread_tier_is_unique"),
            models.CheckConstraint(
                name="quote_spread_is_bounded",
                condition=Q(spread_bp__gte=0, spread_bp__lte=5000) & within("from_amount"),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="quote_spread_was_approved",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF EXISTS (
                        SELECT 1 FROM trading_quoteterms t JOIN accounts_approvalrequest r ON r.id = t.approval_id
                        WHERE t.id = NEW.terms_id
                            AND r.payload->>'spreads' IS DISTINCT FROM {SPREADS_SAID.format(terms="NEW.terms_id")}
                    ) THEN
                        RAISE EXCEPTION 'the request of terms % does not say this spread', NEW.terms_id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'quote_spread_was_approved';
                    END IF;
                    RETURN NULL;
                """,  # noqa: S608 - words of ours
            )
        ]
