"""Let nobody of a scope in, at once. One person's, and a program's of the firm: waiting for a second would be the danger."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import ApiCredential, Entity, Profile
from core.domain.refusals import NotFound, Refusal
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from trading.domain.instruction import THE_HOUSE
from trading.models import Instruction, KillSwitch, Market
from trading.models.kill_switch import EVERYBODY
from trading.operations.write_in_markets import write_in_markets

FIRM, MARKET = KillSwitch.Scope.FIRM, KillSwitch.Scope.MARKET
COVERED = {"MARKET": Market, "ENTITY": Entity, "PROFILE": Profile, "CREDENTIAL": ApiCredential}


@dataclass(frozen=True, slots=True)
class SwitchTerms:
    """Whom it covers (``scope_id`` is none for the whole firm), why, and in words."""

    scope: str
    scope_id: UUID | None
    reason: str
    note: str = ""


def engage_kill_switch(*, terms: SwitchTerms, actor: Actor, at: datetime) -> KillSwitch:
    """Engage a switch: from the commit on the door refuses what places or amends in its scope (KILL_SWITCH_ENGAGED), and every
    market it concerns is told to cancel what rests there, before any order that waits.

    Refuses a scope without what it names, what it names if that is unknown (``NotFound``), and one that is engaged already
    (409 ALREADY_EXISTS, with the switch).
    """
    _refuse_nonsense(terms)
    try:
        with transaction.atomic():
            return _engage(terms, actor, at)
    except IntegrityError as error:
        if "switch_is_engaged_once" not in str(error):
            raise
    engaged = KillSwitch.objects.filter(scope_id=terms.scope_id or EVERYBODY, released_at__isnull=True).first()
    raise Refusal(
        "ALREADY_EXISTS",
        "This switch is engaged already.",
        meta={"existing": str(engaged.pk) if engaged else ""},
        status=409,
    )


def _refuse_nonsense(terms: SwitchTerms) -> None:
    known = terms.scope in KillSwitch.Scope.values and terms.reason in KillSwitch.Reason.values
    if not known or (terms.scope == FIRM) is not (terms.scope_id is None):
        raise Refusal(
            "REQUEST_INVALID", "A scope with its id (FIRM has none), and one of the reasons.", status=400
        )  # fmt: skip
    model = COVERED.get(terms.scope)
    if model is not None and not model._default_manager.filter(pk=terms.scope_id).exists():
        raise NotFound(terms.scope.lower())


def _engage(terms: SwitchTerms, actor: Actor, at: datetime) -> KillSwitch:
    switch = KillSwitch.objects.create(
        scope=terms.scope,
        scope_id=terms.scope_id or EVERYBODY,
        reason=terms.reason,
        note=terms.note,
        engaged_by=actor.id or THE_HOUSE,
        engaged_at=at,
    )
    tell_markets(switch, Instruction.Kind.ENGAGE_KILL, actor, at)
    record_audit(
        actor=actor,
        action="trading.kill_switch.engage",
        object_type="trading.kill_switch",
        object_id=switch.pk,
        at=at,
        changes=[
            {"field": "scope", "before": None, "after": switch.scope},
            {"field": "scope_id", "before": None, "after": str(switch.scope_id)},
            {"field": "reason", "before": None, "after": switch.reason},
        ],
        reason=terms.note,
    )
    announce(switch, "trading.kill_switch.engaged")
    return switch


def tell_markets(switch: KillSwitch, kind: str, actor: Actor, at: datetime) -> None:
    """Instruct the engines that a switch concerns: every market's, or the one's that it names."""
    is_one = switch.scope == MARKET
    payload = {"scope": switch.scope, "scope_id": None if is_one or switch.scope == FIRM else str(switch.scope_id)}
    write_in_markets(kind=kind, payload=payload, only=switch.scope_id if is_one else None, actor=actor, at=at)


def announce(switch: KillSwitch, topic: str) -> None:
    """Tell the desks; clients learn of it by what is refused and cancelled."""
    publish_message(
        topic=topic,
        channel="MARKET",
        entity_id=None,
        subject_type="trading.kill_switch",
        subject_id=switch.pk,
        payload={"scope": switch.scope, "scope_id": str(switch.scope_id), "reason": switch.reason},
    )
