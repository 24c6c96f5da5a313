"""Terms that fell away before their moment came."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest
from core.ids import new_id
from settlement.models.rail import RailChange, WithdrawalFee, asks_nobody
from settlement.models.withdrawal_limit import WithdrawalLimit

# Each in a column of its own: table, column, the action under which such terms change, where its request names what falls away.
_KINDS = (
    ("settlement_railchange", "change_id", "RAIL_CHANGE", "falls_away"),
    ("settlement_withdrawalfee", "fee_id", "RAIL_CHANGE", "fees_fall_away"),
    ("settlement_withdrawallimit", "limit_id", "LIMIT_CHANGE", "falls_away"),
)


class SupersededTerms(models.Model):
    """A change of a rail, a fee or a limit that was in line when others were decided in its place: it never comes in force.

    Append-only. ``approval`` is the request that said so.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    change = models.OneToOneField(
        RailChange, null=True, blank=True, on_delete=models.PROTECT, related_name="superseded"
    )
    fee = models.OneToOneField(
        WithdrawalFee, null=True, blank=True, on_delete=models.PROTECT, related_name="superseded"
    )
    limit = models.OneToOneField(
        WithdrawalLimit, null=True, blank=True, on_delete=models.PROTECT, related_name="superseded"
    )
    superseded_at = models.DateTimeField()
    approval = models.ForeignKey(ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="superseded_terms_are_one",
                condition=Q(change__isnull=False, fee__isnull=True, limit__isnull=True)
                | Q(change__isnull=True, fee__isnull=False, limit__isnull=True)
                | Q(change__isnull=True, fee__isnull=True, limit__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="superseded_terms_were_in_line",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT ({
                    " OR ".join(
                        f"EXISTS (SELECT 1 FROM {table} t WHERE t.id = NEW.{column}"
                        " AND t.in_force_from > NEW.superseded_at AND t.in_force_from > now())"
                        for table, column, *_ in _KINDS
                    )
                }) THEN
                        RAISE EXCEPTION 'what was in force is not taken back'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'superseded_terms_were_in_line';
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - names of ours
            ),
            pgtrigger.Trigger(
                name="superseded_terms_were_approved",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=f"""
                    IF NOT ({
                    " OR ".join(
                        f"(NEW.{column} IS NOT NULL AND CASE WHEN NEW.approval_id IS NULL THEN {asks_nobody(action)}"
                        " ELSE EXISTS (SELECT 1 FROM accounts_approvalrequest r WHERE r.id = NEW.approval_id"
                        f" AND r.action = '{action}' AND r.status = 'EXECUTED'"
                        f" AND r.payload->'{named}' ? NEW.{column}::text) END)"
                        for _, column, action, named in _KINDS
                    )
                }) THEN
                        RAISE EXCEPTION 'nobody approved that these terms fall away'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'superseded_terms_were_approved';
                    END IF;
                    RETURN NULL;
                """,  # noqa: S608 - names of ours
            ),
        ]
