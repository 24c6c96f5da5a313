"""Kill switches: who is kept out, and the words in which a statement asks."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts.models import ApiCredential, Entity, Profile
from core.domain.refusals import Refusal
from trading.models import KillSwitch, Market
from trading.models.kill_switch import EVERYBODY

# For the statement that takes an order, so that what was committed before it began is seen: a look at a small partial index.
# ``p`` is the profile's row. Of many orders each names its own market, the row ``i``.
_LET_IN = f"""NOT EXISTS (
    SELECT 1 FROM trading_killswitch k WHERE k.released_at IS NULL
        AND k.scope_id IN ('{EVERYBODY}', {{market}}, p.id, %(credential)s, p.entity_id)
)"""  # noqa: S608 - a constant
IS_LET_IN = _LET_IN.format(market="%(market)s")
IS_EACH_LET_IN = _LET_IN.format(market="i.market")


def list_kill_switches() -> "QuerySet[KillSwitch]":
    """All of them; the caller orders and cuts."""
    return KillSwitch.objects.all()


def list_engaged_switches(limit: int) -> list[KillSwitch]:
    """The switches that keep somebody out now, the newest first."""
    return list(KillSwitch.objects.filter(released_at__isnull=True).order_by("-engaged_at", "-id")[:limit])


def refuse_kept_out(*, market_id: UUID, profile_id: UUID, credential_id: UUID) -> None:
    """Refuse (KILL_SWITCH_ENGAGED) what a switch keeps out of a market; asked for the reason, once nothing was taken."""
    entity_ids = Profile.objects.filter(pk=profile_id).values_list("entity_id", flat=True)
    engaged = KillSwitch.objects.filter(
        released_at__isnull=True, scope_id__in=[EVERYBODY, market_id, profile_id, credential_id, *entity_ids]
    )
    switch = engaged.order_by("engaged_at").first()
    if switch is not None:
        raise kept_out(switch)


def kept_out(switch: KillSwitch) -> Refusal:
    """KILL_SWITCH_ENGAGED: what ``switch`` covers is not taken."""
    return Refusal("KILL_SWITCH_ENGAGED", "A kill switch keeps these orders out.", meta={"scope": switch.scope})


def list_switches_over(scope_ids: Collection[UUID]) -> list[KillSwitch]:
    """The engaged switches over any of these or over everybody, the oldest first."""
    engaged = KillSwitch.objects.filter(released_at__isnull=True, scope_id__in=[EVERYBODY, *scope_ids])
    return list(engaged.order_by("engaged_at"))


def name_scopes(switches: Sequence[KillSwitch]) -> dict[UUID, str]:
    """Whom each switch covers, in words, by the switch's id."""
    ids = {
        scope: [switch.scope_id for switch in switches if switch.scope == scope] for scope in KillSwitch.Scope.values
    }
    names: dict[UUID, str] = {EVERYBODY: "the whole firm"}
    names |= {market.pk: market.symbol for market in Market.objects.filter(pk__in=ids["MARKET"])}
    names |= {entity.pk: entity.shown_name for entity in Entity.objects.filter(pk__in=ids["ENTITY"])}
    profiles = Profile.objects.select_related("entity").filter(pk__in=ids["PROFILE"])
    names |= {profile.pk: f"{profile.entity.shown_name} / {profile.name}" for profile in profiles}
    credentials = ApiCredential.objects.select_related("entity").filter(pk__in=ids["CREDENTIAL"])
    names |= {each.pk: f"{each.entity.shown_name}, credential {each.label}" for each in credentials}
    return {switch.pk: names.get(switch.scope_id, str(switch.scope_id)) for switch in switches}


def count_engaged_switches() -> int:
    """How many switches are engaged now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trading_killswitch WHERE released_at IS NULL")
        count: int = cursor.fetchone()[0]
    return count
