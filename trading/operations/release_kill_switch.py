"""Let those in again whom a kill switch keeps out: an action under policy, KILL_SWITCH_RELEASE. Who engaged it never decides."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from trading.domain.instruction import THE_HOUSE
from trading.models import Instruction, KillSwitch
from trading.operations.engage_kill_switch import announce, tell_markets
from trading.queries.kill_switches import name_scopes

ACTION = "KILL_SWITCH_RELEASE"


def release_kill_switch(*, switch_id: UUID, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask that a switch be released. Refuses an unknown one, and one that is released already (STATE_CHANGED, 409)."""
    with transaction.atomic(durable=True):
        switch = KillSwitch.objects.filter(pk=switch_id).first()
        if switch is None:
            raise NotFound("kill switch")
        _refuse_released(switch)
        wish = Wish(
            action=ACTION,
            subject_type="trading.kill_switch",
            subject_id=switch.pk,
            payload={"switch_id": str(switch.pk), "reason": reason},
            reason=reason,
        )
        return carry_out(wish=wish, actor=actor, at=at)


def _refuse_released(switch: KillSwitch) -> None:
    if switch.released_at is not None:
        raise Refusal(
            "STATE_CHANGED", "The switch is released already.", meta={"from": "ENGAGED", "to": "RELEASED"}, status=409
        )


def describe_release(payload: Payload) -> Description:
    """Whom it lets in again."""
    switch = KillSwitch.objects.get(pk=payload["switch_id"])
    whom = name_scopes([switch])[switch.pk]
    return Description(
        f"The kill switch of {whom} is released",
        [("status", "ENGAGED", "RELEASED")],
        f"Orders of {whom} are taken again. What it has cancelled stays cancelled.",
    )


def execute_release(execution: Execution) -> dict[str, str]:
    """Release it: the door and the engines take orders of its scope again, as far as no other switch covers them.

    Refuses (RELEASER_ENGAGED) where nobody else than who engaged it has approved.
    """
    switch = KillSwitch.objects.select_for_update().get(pk=execution.payload["switch_id"])
    _refuse_released(switch)
    deciders = execution.approvers or (execution.requester.id or THE_HOUSE,)
    others = [person for person in deciders if person != switch.engaged_by]
    if not others:
        raise Refusal("RELEASER_ENGAGED", "Who engaged a switch does not decide on its release.")
    switch.released_by, switch.released_at = others[-1], max(execution.at, switch.engaged_at)
    switch.release_approval_id = execution.approval_id
    switch.save(update_fields=["released_by", "released_at", "release_approval_id"])
    tell_markets(switch, Instruction.Kind.RELEASE_KILL, execution.requester, execution.at)
    record_audit(
        actor=execution.requester,
        action="trading.kill_switch.release",
        object_type="trading.kill_switch",
        object_id=switch.pk,
        at=execution.at,
        changes=[{"field": "released_by", "before": None, "after": str(switch.released_by)}],
        reason=execution.payload["reason"],
        approval_id=execution.approval_id,
    )
    announce(switch, "trading.kill_switch.released")
    return {"switch_id": str(switch.pk)}
