"""How value leaves and comes: rails, and what a withdrawal over one costs."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest
from core.fields import amount_field, within
from core.ids import new_id
from settlement.models.asset import Asset
from settlement.models.ledger_account import LedgerAccount

# What a rail asks for, and what of it a change says anew.
TERMS = ("confirmations", "min_deposit", "min_withdrawal", "cut_off", "enabled")
# What stays when it is switched off.
_KEPT = "ROW({0}.confirmations, {0}.min_deposit, {0}.min_withdrawal, {0}.cut_off)"


# Terms that did not fall away before their moment came.
STANDING = Q(superseded__isnull=True)


def asks_nobody(action: str) -> str:
    """SQL: whether the policy in force lets ``action``, whatever it is about, be done by one alone."""
    return f"""(SELECT p.tiers->-1->>'approvals' = '0' FROM accounts_approvalpolicy p
        WHERE p.action = '{action}' ORDER BY p.policy_version DESC LIMIT 1)"""  # noqa: S608 - words of ours


def follows_its_request(fact: str, *, action: str, says: str, unasked: str) -> pgtrigger.Trigger:
    """A row that names a request is what that request, executed, says. Looked at as the transaction ends.

    One that names none is there where ``unasked`` holds, or where the policy in force asks nobody.
    """
    return pgtrigger.Trigger(
        name=fact,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=f"""
            IF NOT (CASE WHEN NEW.approval_id IS NULL THEN ({unasked}) OR coalesce({asks_nobody(action)}, false)
            ELSE EXISTS (
                SELECT 1 FROM accounts_approvalrequest r
                WHERE r.id = NEW.approval_id AND r.action = '{action}' AND r.status = 'EXECUTED' AND {says}
            ) END) THEN
                RAISE EXCEPTION 'no request says this: %', NEW.approval_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{fact}';
            END IF;
            RETURN NULL;
        """,  # noqa: S608 - words of ours
    )


class Rail(models.Model):
    """One network that carries an asset: USD by WIRE, BTC by BITCOIN.

    ``omnibus`` is where value of this rail stands, ``gateway`` who carries it. Minimums are net amounts in the asset; below
    them nothing is paid out, and what comes in is looked at. ``cut_off`` (UTC) is when the bank's day ends, none for a chain.
    These terms are those of ``change``, the one in force (``rail_follows_its_changes``).
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
    change = models.ForeignKey(
        "settlement.RailChange", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
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
            ),
            pgtrigger.Trigger(
                name="rail_follows_its_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF ({", ".join(f"OLD.{name}" for name in TERMS)})
                        IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in TERMS)})
                    AND NOT EXISTS (
                        SELECT 1 FROM settlement_railchange c WHERE c.id = NEW.change_id AND c.rail_id = NEW.id
                            AND ({", ".join(f"c.{name}" for name in TERMS)})
                            IS NOT DISTINCT FROM ({", ".join(f"NEW.{name}" for name in TERMS)})
                    ) THEN
                        RAISE EXCEPTION 'rail % has other terms than its change says', OLD.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'rail_follows_its_changes';
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - names of ours
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.network}"

    def mark_changed(self, change: "RailChange", *, at: datetime) -> None:
        """From now on the terms of ``change`` are in force."""
        for name in TERMS:
            setattr(self, name, getattr(change, name))
        self.change = change
        self.version += 1
        self.updated_at = at
        self.save(update_fields=[*TERMS, "change", "version", "updated_at"])

    def fee_at(self, at: datetime) -> "WithdrawalFee | None":
        """What a withdrawal costs at ``at``; none where nobody has said."""
        return self.fees.filter(STANDING, in_force_from__lte=at).order_by("-in_force_from").first()


class RailChange(models.Model):
    """The terms of a rail, all of them, from ``in_force_from`` until the next one. Append-only.

    ``approval`` is the request that brought it; the first one, and switching a rail off, take none.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="changes")
    confirmations = models.PositiveSmallIntegerField()
    min_deposit = amount_field()
    min_withdrawal = amount_field()
    cut_off = models.TimeField(null=True, blank=True)
    enabled = models.BooleanField()
    in_force_from = models.DateTimeField()
    approval = models.ForeignKey(ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rail", "in_force_from"], name="one_rail_change_in_force"),
            models.CheckConstraint(
                name="rail_change_is_finite", condition=within("min_deposit") & within("min_withdrawal")
            ),
        ]
        triggers = [
            follows_its_request(
                "rail_change_was_approved",
                action="RAIL_CHANGE",
                says="""r.payload->>'change_id' = NEW.id::text AND r.subject_id = NEW.rail_id::text
                    AND r.payload->>'confirmations' = NEW.confirmations::text
                    AND (r.payload->>'min_deposit')::numeric = NEW.min_deposit
                    AND (r.payload->>'min_withdrawal')::numeric = NEW.min_withdrawal
                    AND nullif(r.payload->>'cut_off', '')::time IS NOT DISTINCT FROM NEW.cut_off
                    AND r.payload->>'enabled' = CASE WHEN NEW.enabled THEN 'yes' ELSE 'no' END""",
                unasked=f"""NOT EXISTS (SELECT 1 FROM settlement_railchange o
                        WHERE o.rail_id = NEW.rail_id AND o.in_force_from < NEW.in_force_from)
                    OR (NOT NEW.enabled AND EXISTS (SELECT 1 FROM settlement_railchange o
                        WHERE o.rail_id = NEW.rail_id AND {_KEPT.format("o")} IS NOT DISTINCT FROM {_KEPT.format("NEW")}
                        AND o.in_force_from IN (NEW.in_force_from - interval '1 microsecond', (
                            SELECT max(l.in_force_from) FROM settlement_railchange l
                            WHERE l.rail_id = NEW.rail_id AND l.in_force_from < NEW.in_force_from AND NOT EXISTS (
                                SELECT 1 FROM settlement_supersededterms s WHERE s.change_id = l.id)))))""",  # noqa: S608 - names of ours
            )
        ]


class WithdrawalFee(models.Model):
    """What a withdrawal over a rail costs, in its asset, from ``in_force_from`` until the next one. Append-only.

    ``approval`` is the request that brought it; the first one takes none.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="fees")
    fee = amount_field()
    in_force_from = models.DateTimeField()
    approval = models.ForeignKey(ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rail", "in_force_from"], name="one_withdrawal_fee_in_force"),
            models.CheckConstraint(name="withdrawal_fee_is_finite", condition=within("fee")),
        ]
        triggers = [
            follows_its_request(
                "withdrawal_fee_was_approved",
                action="RAIL_CHANGE",
                says="""r.payload->>'fee_id' = NEW.id::text AND r.subject_id = NEW.rail_id::text
                    AND nullif(r.payload->>'fee', '')::numeric = NEW.fee""",
                unasked="""NOT EXISTS (SELECT 1 FROM settlement_withdrawalfee o
                    WHERE o.rail_id = NEW.rail_id AND o.in_force_from < NEW.in_force_from)""",
            )
        ]
