"""How value leaves and comes: rails, and what a withdrawal over one costs."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import amount_field, within
from core.ids import new_id
from settlement.models.asset import Asset
from settlement.models.ledger_account import LedgerAccount


class Rail(models.Model):
    """One network that carries an asset: USD by WIRE, BTC by BITCOIN.

    ``omnibus`` is where value of this rail stands, ``gateway`` who carries it. Minimums are net amounts in the asset; below
    them nothing is paid out, and what comes in is looked at. ``cut_off`` (UTC) is when the bank's day ends, none for a chain.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="rails")
    network = models.CharField(max_length=16)
    omnibus = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="rails")
    gateway = models.CharField(max_length=32)
    confirmations = models.PositiveSmallIntegerField(default=0)
    min_deposit = amount_field(default=0)
    min_withdrawal = amount_field(default=0)
    cut_off = models.TimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "network"], name="rail_is_unique"),
            models.CheckConstraint(name="rail_network_is_plain", condition=Q(network__regex=r"^[A-Z0-9_]{2,16}$")),
            models.CheckConstraint(
                name="rail_minimums_are_finite", condition=within("min_deposit") & within("min_withdrawal")
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="rail_ends_in_its_own_omnibus",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM settlement_ledgeraccount a
                        WHERE a.id = NEW.omnibus_id AND a.kind = 'OMNIBUS' AND a.asset_id = NEW.asset_id
                    ) THEN
                        RAISE EXCEPTION 'rail % ends in no omnibus account of its asset', NEW.network
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'rail_ends_in_its_own_omnibus';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.network}"

    def fee_at(self, at: datetime) -> "WithdrawalFee | None":
        """What a withdrawal costs at ``at``; none where nobody has said."""
        return self.fees.filter(in_force_from__lte=at).order_by("-in_force_from").first()


class WithdrawalFee(models.Model):
    """What a withdrawal over a rail costs, in its asset, from ``in_force_from`` until the next one. Append-only."""

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="fees")
    fee = amount_field()
    in_force_from = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rail", "in_force_from"], name="one_withdrawal_fee_in_force"),
            models.CheckConstraint(name="withdrawal_fee_is_finite", condition=within("fee")),
        ]
