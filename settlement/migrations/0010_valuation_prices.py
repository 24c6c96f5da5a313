"""What assets were worth, kept for ever."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import core.ids
from core.schema import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0009_deposits_under_review"),
    ]

    operations = [
        migrations.CreateModel(
            name="ValuationPrice",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=16)),
                ("price", models.DecimalField(decimal_places=18, max_digits=38)),
                ("source", models.CharField(max_length=64)),
                ("event_at", models.DateTimeField()),
                ("business_date", models.DateField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "asset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="valuation_prices",
                        to="settlement.asset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("asset", "currency", "event_at", "source"), name="valuation_price_is_told_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gt", 0), ("price__gte", 0), ("price__lt", Decimal("1E+20"))),
                        name="valuation_price_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__regex", "^[A-Z0-9._:-]{1,64}$")),
                        name="valuation_price_source_is_plain",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z0-9]{2,16}$")), name="valuation_currency_is_plain"
                    ),
                ],
            },
        ),
        AppendOnly("settlement_valuationprice", "valuation_price_is_append_only"),
    ]
