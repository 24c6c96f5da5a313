"""What an asset was worth."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import amount_field, within
from core.ids import new_id
from settlement.models.asset import Asset


class ValuationPrice(models.Model):
    """One unit of ``asset`` was worth ``price`` of the asset with code ``currency`` at ``event_at``. Append-only.

    ``source`` says who or what says so: ``MARKET:BTC-USD``. A later price supersedes, it does not correct.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="valuation_prices", db_index=False)
    currency = models.CharField(max_length=16)
    price = amount_field()
    source = models.CharField(max_length=64)
    event_at = models.DateTimeField()
    business_date = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # Its index is also the road to the newest price before an instant.
            models.UniqueConstraint(
                fields=["asset", "currency", "event_at", "source"], name="valuation_price_is_told_once"
            ),
            models.CheckConstraint(name="valuation_price_is_positive", condition=Q(price__gt=0) & within("price")),
            models.CheckConstraint(
                name="valuation_price_source_is_plain", condition=Q(source__regex=r"^[A-Z0-9._:-]{1,64}$")
            ),
            models.CheckConstraint(
                name="valuation_currency_is_plain", condition=Q(currency__regex=r"^[A-Z0-9]{2,16}$")
            ),
        ]
