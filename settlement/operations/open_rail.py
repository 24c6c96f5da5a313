"""Open a rail, and write down what a withdrawal over it costs and how much may leave.

Of a house that runs, the terms change under approval: ``change_rail`` and ``change_limit``, which write them down here.
"""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from core.domain.decimals import has_scale, plain_text
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import SYSTEM, Actor, record_audit
from settlement.models import LedgerAccount, Rail, RailChange, WithdrawalFee, WithdrawalLimit
from settlement.models.rail import TERMS
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """How terms came: as which row, from when on, by which request."""

    row_id: UUID
    in_force_from: datetime
    approval_id: UUID | None


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
            terms_now = {name: getattr(rail, name) for name in TERMS}
            rail.change = RailChange.objects.create(rail=rail, in_force_from=at, **terms_now)
            rail.save(update_fields=["change"])
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


def set_withdrawal_fee(
    *, rail_id: UUID, fee: Decimal, at: datetime, actor: Actor = SYSTEM, brought: Brought | None = None
) -> UUID:
    """From ``at``, or as ``brought`` says, a withdrawal over the rail costs ``fee`` of its asset.

    Refuses digits beyond the asset's scale (SCALE_EXCEEDED).
    """
    how = brought or Brought(row_id=new_id(), in_force_from=at, approval_id=None)
    with transaction.atomic():
        rail = get_rail(rail_id=rail_id)
        refuse_fee(rail, fee)
        before = rail.fee_at(how.in_force_from)
        row = WithdrawalFee.objects.create(
            id=how.row_id, rail=rail, fee=fee, in_force_from=how.in_force_from, approval_id=how.approval_id
        )
        record_audit(
            actor=actor,
            action="settlement.rail.set_fee",
            object_type="settlement.rail",
            object_id=rail.pk,
            at=at,
            changes=[
                {"field": "fee", "before": before and plain_text(before.fee), "after": plain_text(fee)},
                {"field": "in_force_from", "before": None, "after": how.in_force_from.isoformat()},
            ],
            approval_id=how.approval_id,
        )
    return row.pk


def refuse_fee(rail: Rail, fee: Decimal) -> None:
    """Refuse (SCALE_EXCEEDED) a fee that cannot be booked."""
    if not fee.is_finite() or fee < 0 or not has_scale(fee, rail.asset.scale):
        raise Refusal("SCALE_EXCEEDED", f"{rail.asset.code} has {rail.asset.scale} digits.")


def set_withdrawal_limit(  # noqa: PLR0913 - a limit has this many parts
    *,
    scope: str,
    scope_id: UUID | None,
    window: str,
    value: Decimal | None,
    at: datetime,
    actor: Actor = SYSTEM,
    brought: Brought | None = None,
) -> UUID:
    """From ``at``, or as ``brought`` says, at most ``value`` (reporting asset) leaves in the window; none lifts the limit."""
    how = brought or Brought(row_id=new_id(), in_force_from=at, approval_id=None)
    with transaction.atomic():
        row = WithdrawalLimit.objects.create(
            id=how.row_id,
            scope=scope,
            scope_id=scope_id,
            window=window,
            value=value,
            in_force_from=how.in_force_from,
            approval_id=how.approval_id,
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
                {"field": "in_force_from", "before": None, "after": how.in_force_from.isoformat()},
            ],
            approval_id=how.approval_id,
        )
    return row.pk
