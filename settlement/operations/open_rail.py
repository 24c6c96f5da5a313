"""Open a rail, say what a withdrawal over it costs, and how much may leave."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from core.domain.decimals import has_scale, plain_text
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM, Actor, record_audit
from settlement.models import LedgerAccount, Rail, WithdrawalFee, WithdrawalLimit
from settlement.queries.rails import get_rail


@dataclass(frozen=True, slots=True, kw_only=True)
class RailTerms:
    """What a rail is: amounts are net, in the asset of its omnibus account; ``cut_off`` is in UTC."""

    network: str
    gateway: str
    confirmations: int = 0
    min_deposit: Decimal = Decimal(0)
    min_withdrawal: Decimal = Decimal(0)
    cut_off: time | None = None


def open_rail(*, omnibus_id: UUID, terms: RailTerms, at: datetime, actor: Actor = SYSTEM) -> UUID:
    """The id of the rail over ``terms.network`` for the omnibus account's asset, opened if new; an open one stays as it is."""
    with transaction.atomic():
        omnibus = LedgerAccount.objects.select_related("asset").get(pk=omnibus_id, kind="OMNIBUS")
        rail, is_new = Rail.objects.get_or_create(
            asset=omnibus.asset,
            network=terms.network,
            defaults={
                "omnibus": omnibus,
                "gateway": terms.gateway,
                "confirmations": terms.confirmations,
                "min_deposit": terms.min_deposit,
                "min_withdrawal": terms.min_withdrawal,
                "cut_off": terms.cut_off,
            },
        )
        if is_new:
            record_audit(
                actor=actor,
                action="settlement.rail.open",
                object_type="settlement.rail",
                object_id=rail.pk,
                at=at,
                changes=[
                    {"field": "asset", "before": None, "after": omnibus.asset.code},
                    {"field": "network", "before": None, "after": rail.network},
                    {"field": "gateway", "before": None, "after": rail.gateway},
                    {"field": "min_withdrawal", "before": None, "after": plain_text(rail.min_withdrawal)},
                ],
                object_version=rail.version,
            )
    return rail.pk


def set_withdrawal_fee(*, rail_id: UUID, fee: Decimal, at: datetime, actor: Actor = SYSTEM) -> UUID:
    """From ``at`` a withdrawal over the rail costs ``fee`` of its asset. Refuses digits beyond the asset's scale."""
    with transaction.atomic():
        rail = get_rail(rail_id=rail_id)
        if fee < 0 or not has_scale(fee, rail.asset.scale):
            raise Refusal("SCALE_EXCEEDED", f"{rail.asset.code} has {rail.asset.scale} digits.")
        before = rail.fee_at(at)
        row = WithdrawalFee.objects.create(rail=rail, fee=fee, in_force_from=at)
        record_audit(
            actor=actor,
            action="settlement.rail.set_fee",
            object_type="settlement.rail",
            object_id=rail.pk,
            at=at,
            changes=[
                {"field": "fee", "before": before and plain_text(before.fee), "after": plain_text(fee)},
            ],
        )
    return row.pk


def set_withdrawal_limit(
    *,
    scope: str,
    scope_id: UUID | None,
    window: str,
    value: Decimal | None,
    at: datetime,
    actor: Actor = SYSTEM,
) -> UUID:
    """From ``at`` at most ``value`` (reporting asset) leaves in the window; none lifts the limit."""
    with transaction.atomic():
        row = WithdrawalLimit.objects.create(
            scope=scope, scope_id=scope_id, window=window, value=value, in_force_from=at
        )
        record_audit(
            actor=actor,
            action="settlement.withdrawal_limit.set",
            object_type="settlement.withdrawal_limit",
            object_id=row.pk,
            at=at,
            changes=[
                {"field": "scope", "before": None, "after": scope},
                {"field": "scope_id", "before": None, "after": scope_id and str(scope_id)},
                {"field": "window", "before": None, "after": window},
                {"field": "value", "before": None, "after": None if value is None else plain_text(value)},
            ],
        )
    return row.pk
