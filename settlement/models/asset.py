"""What can be owned."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.ids import new_id


class Asset(models.Model):
    """A currency, coin, token or security.

    ``scale`` is the number of digits the ledger keeps, ``payment_scale`` what a rail carries.

    The scale is frozen once a ledger account in the asset exists (``asset_scale_is_frozen``, a trigger).
    """

    class Kind(models.TextChoices):
        FIAT = "FIAT"
        CRYPTO = "CRYPTO"
        TOKEN = "TOKEN"
        SECURITY = "SECURITY"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        SUSPENDED = "SUSPENDED"
        RETIRED = "RETIRED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=16)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind)
    scale = models.SmallIntegerField()
    payment_scale = models.SmallIntegerField()
    # Whose business days count where value in it is paid: see settlement/calendar.py.
    calendar = models.CharField(max_length=12, default="ALWAYS")
    status = models.CharField(max_length=9, choices=Status, default=Status.ACTIVE)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="asset_code_is_unique"),
            models.CheckConstraint(name="asset_code_is_plain", condition=Q(code__regex=r"^[A-Z0-9]{2,16}$")),
            models.CheckConstraint(name="asset_scale_is_bounded", condition=Q(scale__gte=0, scale__lte=18)),
            models.CheckConstraint(
                name="asset_pays_within_its_scale",
                condition=Q(payment_scale__gte=0, payment_scale__lte=F("scale")),
            ),
            models.CheckConstraint(name="asset_calendar_is_plain", condition=Q(calendar__regex=r"^[A-Z][A-Z_]{1,11}$")),
            models.CheckConstraint(
                name="asset_status_is_known", condition=Q(status__in=["ACTIVE", "SUSPENDED", "RETIRED"])
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="asset_scale_is_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.scale <> NEW.scale"),
                func="""
                    IF EXISTS (SELECT 1 FROM settlement_ledgeraccount WHERE asset_id = NEW.id) THEN
                        RAISE EXCEPTION 'the scale of % is frozen: ledger accounts hold it', NEW.code
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'asset_scale_is_frozen';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.code
