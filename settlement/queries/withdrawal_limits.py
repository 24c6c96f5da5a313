"""How much of each limit is used."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.models import Entity, Profile
from settlement.domain.withdrawing import ENDED_UNPAID, WINDOWS, Utilisation
from settlement.models import Withdrawal, WithdrawalLimit
from settlement.models.rail import STANDING

Scope = WithdrawalLimit.Scope
Window = WithdrawalLimit.Window
MOST_LIMITS = 500
MOST_ENTITIES = 50


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


def limits_of(*, scope: str, scope_id: UUID | None, window: str) -> "QuerySet[WithdrawalLimit]":
    """Every limit of just this scope and window, also those that fell away."""
    return WithdrawalLimit.objects.filter(scope=scope, scope_id=scope_id, window=window)


def list_limits() -> "QuerySet[WithdrawalLimit]":
    """Every limit there ever was, and what follows, and what fell away."""
    return WithdrawalLimit.objects.select_related("superseded")


def list_limits_in_line(*, at: datetime) -> list[WithdrawalLimit]:
    """Of each scope and window what is in force at ``at`` and what follows it; the default first, then by window and moment.

    At most ``MOST_LIMITS``.
    """
    newest = WithdrawalLimit.objects.filter(
        STANDING, scope=OuterRef("scope"), window=OuterRef("window"), in_force_from__lte=at
    ).filter(Q(scope_id=OuterRef("scope_id")) | Q(scope_id__isnull=True, scope="DEFAULT"))
    since = Subquery(newest.order_by("-in_force_from").values("in_force_from")[:1])
    rows = (
        WithdrawalLimit.objects.filter(STANDING)
        .annotate(since=since)
        .filter(Q(in_force_from=F("since")) | Q(in_force_from__gt=at))
    )
    return list(rows.order_by("scope", "scope_id", "window", "in_force_from")[:MOST_LIMITS])


@dataclass(frozen=True, slots=True)
class UsedByEntity:
    """What an entity's profiles asked for and was not ended unpaid, in the reporting asset."""

    entity: Entity
    used_24h: Decimal
    used_30d: Decimal


def list_most_used(*, at: datetime) -> list[UsedByEntity]:
    """The ``MOST_ENTITIES`` entities that asked for most in the last 30 days, most first."""
    month, day = WINDOWS[Window.ROLLING_30D], WINDOWS[Window.ROLLING_24H]
    assert month is not None and day is not None
    rows = (
        Withdrawal.objects.filter(requested_at__gt=at - month)
        .exclude(status__in=ENDED_UNPAID)
        .values("profile__entity_id")
        .annotate(month=Sum("value"), day=Sum("value", filter=Q(requested_at__gt=at - day), default=Decimal(0)))
        .order_by("-month", "profile__entity_id")[:MOST_ENTITIES]
    )
    entities = Entity.objects.in_bulk([row["profile__entity_id"] for row in rows])
    return [UsedByEntity(entities[row["profile__entity_id"]], row["day"], row["month"]) for row in rows]


def _limits_in_force(profile: Profile, at: datetime) -> dict[tuple[str, str], Decimal | None]:
    """The newest of each scope and window; one without a value is lifted."""
    ours = (
        Q(scope=Scope.DEFAULT)
        | Q(scope=Scope.ENTITY, scope_id=profile.entity_id)
        | Q(scope=Scope.PROFILE, scope_id=profile.pk)
    )
    rows = WithdrawalLimit.objects.filter(STANDING, ours, in_force_from__lte=at).order_by("in_force_from", "id")
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


def list_held_by_withdrawals(*, profile_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Decimal]:
    """What pending withdrawals hold of these profiles' balances, by profile and asset; nothing where there is none."""
    rows = Withdrawal.objects.filter(profile_id__in=profile_ids, held__gt=0).values("profile_id", "rail__asset_id")
    return {
        (row["profile_id"], row["rail__asset_id"]): row["sum"]
        for row in rows.order_by("profile_id").annotate(sum=Sum("held"))
    }


def held_by_withdrawals(*, profile_id: UUID, asset_id: UUID) -> Decimal:
    """What pending withdrawals hold of the profile's balance in the asset."""
    held: Decimal = Withdrawal.objects.filter(profile_id=profile_id, rail__asset_id=asset_id, held__gt=0).aggregate(
        sum=Sum("held", default=Decimal(0))
    )["sum"]
    return held
