"""How much of each limit is used."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from accounts.models import Profile
from settlement.domain.withdrawing import ENDED_UNPAID, WINDOWS, Utilisation
from settlement.models import Withdrawal, WithdrawalLimit

Scope = WithdrawalLimit.Scope


def list_utilisation(*, profile: Profile, at: datetime) -> list[Utilisation]:
    """Each limit that binds the profile at ``at``, by window: its own, and its entity's or the default, measured over the entity.

    Used is what was asked for in the window and did not end unpaid; in the reporting asset. Exact for whoever holds the
    entity's row.
    """
    found = []
    limits = _limits_in_force(profile, at)
    for window in WINDOWS:
        entity_limit = limits.get((Scope.ENTITY, window), limits.get((Scope.DEFAULT, window)))
        profile_limit = limits.get((Scope.PROFILE, window))
        if entity_limit is not None:
            used = _used(Q(profile__entity_id=profile.entity_id), window, at)
            found.append(Utilisation("ENTITY", window, entity_limit, used))
        if profile_limit is not None:
            found.append(Utilisation("PROFILE", window, profile_limit, _used(Q(profile=profile), window, at)))
    return found


def _limits_in_force(profile: Profile, at: datetime) -> dict[tuple[str, str], Decimal | None]:
    """The newest of each scope and window; one without a value is lifted."""
    ours = (
        Q(scope=Scope.DEFAULT)
        | Q(scope=Scope.ENTITY, scope_id=profile.entity_id)
        | Q(scope=Scope.PROFILE, scope_id=profile.pk)
    )
    rows = WithdrawalLimit.objects.filter(ours, in_force_from__lte=at).order_by("in_force_from", "id")
    # An entity's limit that was lifted leaves the entity without one; the default is for those that never had any.
    newest: dict[tuple[str, str], Decimal | None] = {(row.scope, row.window): row.value for row in rows}
    return newest


def _used(whose: Q, window: str, at: datetime) -> Decimal:
    reach = WINDOWS[window]
    if reach is None:
        return Decimal(0)
    asked = Withdrawal.objects.filter(whose, requested_at__gt=at - reach).exclude(status__in=ENDED_UNPAID)
    total: Decimal = asked.aggregate(sum=Sum("value", default=Decimal(0)))["sum"]
    return total


def held_by_withdrawals(*, profile_id: UUID, asset_id: UUID) -> Decimal:
    """What pending withdrawals hold of the profile's balance in the asset."""
    held: Decimal = Withdrawal.objects.filter(profile_id=profile_id, rail__asset_id=asset_id, held__gt=0).aggregate(
        sum=Sum("held", default=Decimal(0))
    )["sum"]
    return held
