"""Give a profile a place where value may be sent to, and stop telling of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Max

from accounts.domain.permissions import Action, Verdict
from accounts.queries.permissions import check_permission, refuse_action
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.gateways.arrivals import Address, ArrivalGateway, installed_feeds
from settlement.models import DepositInstruction, Rail
from settlement.queries.deposit_instructions import source_of
from settlement.queries.rails import get_rail

log = structlog.get_logger(__name__)
OBJECT_TYPE = "settlement.deposit_instruction"
Feeds = Mapping[tuple[str, str], ArrivalGateway]


@dataclass(frozen=True, slots=True)
class Issued:
    """The ``number``-th place of a profile on a rail; no ``place`` where whoever issues them does not answer."""

    number: int
    place: Address | None


NOTHING = Issued(0, None)


def ask_for_place(*, profile_id: UUID, rail_id: UUID, feeds: Feeds | None = None) -> Issued:
    """Have the rail's gateway issue the profile's next place, before any transaction is open; nothing is written.

    ``NOTHING`` where none is needed, or none may be given: ``open_deposit_instruction`` then says which.
    """
    try:
        rail, feed = _may_have_one(profile_id, rail_id, feeds)
    except Refusal:
        return NOTHING
    known, number = _known(profile_id, rail)
    if known is not None:
        return NOTHING
    try:
        place = feed.issue_address(asset=rail.asset.code, network=rail.network, profile_id=profile_id, number=number)
    except OSError as error:
        log.warning("no place was issued", rail=str(rail), error=type(error).__name__)
        return Issued(number, None)
    return Issued(number, place)


def open_deposit_instruction(
    *,
    profile_id: UUID,
    rail_id: UUID,
    actor: Actor,
    at: datetime,
    feeds: Feeds | None = None,
    issued: Issued | None = None,
) -> UUID:
    """The id of the profile's ACTIVE instruction on the rail, issued if it has none.

    Whoever has a transaction open asks the gateway before (``ask_for_place``) and says what it ``issued``; else it is asked here,
    before anything is written. It issues under (profile, rail, number), and asked again after a crash it gives the same one.
    Joins the caller's transaction. Refuses an unknown profile or rail, DEPOSIT_ADDRESS where the profile may not simply have one
    (ACTION_NOT_PERMITTED), a rail that is off or whose gateway issues nothing here (RAIL_DISABLED), a suspended asset
    (ASSET_SUSPENDED), a gateway that does not answer (503 UNAVAILABLE), and, rarely, one that was opened and retired meanwhile
    (409 STATE_CHANGED).
    """
    rail, _ = _may_have_one(profile_id, rail_id, feeds)
    known, _ = _known(profile_id, rail)
    if known is not None:
        return known
    issued = issued or ask_for_place(profile_id=profile_id, rail_id=rail_id, feeds=feeds)
    with transaction.atomic():
        # Two who ask at once wait for each other here.
        Rail.objects.select_for_update(no_key=True).get(pk=rail.pk)
        known, still = _known(profile_id, rail)
        if known is not None:
            return known
        if still != issued.number:
            raise Refusal("STATE_CHANGED", "Another was opened and retired meanwhile.", status=409)
        if issued.place is None:
            raise Refusal("UNAVAILABLE", "Whoever issues it does not answer. Try again.", status=503)
        instruction = DepositInstruction.objects.create(
            id=new_id(),
            profile_id=profile_id,
            rail=rail,
            address=issued.place.address,
            memo=issued.place.memo,
            number=issued.number,
            opened_at=at,
            opened_by=actor.id,
        )
        _note(instruction, verb="open", topic="opened", actor=actor, at=at)
    return instruction.pk


def retire_deposit_instruction(*, instruction_id: UUID, actor: Actor, at: datetime) -> None:
    """Nobody is told of it any more; what arrives there is still its profile's. Joins the caller's transaction.

    Retired already, nothing happens. Refuses one that is not there.
    """
    with transaction.atomic():
        instruction = (
            DepositInstruction.objects.select_for_update(no_key=True, of=("self",))
            .select_related("rail__asset", "profile")
            .filter(pk=instruction_id)
            .first()
        )
        if instruction is None:
            raise NotFound("deposit instruction")
        if instruction.status == DepositInstruction.Status.RETIRED:
            return
        instruction.mark_retired(at=at)
        _note(instruction, verb="retire", topic="retired", actor=actor, at=at)


def _may_have_one(profile_id: UUID, rail_id: UUID, feeds: Feeds | None) -> tuple[Rail, ArrivalGateway]:
    """The rail and who issues there, where the profile may have a place on it."""
    if check_permission(profile_id=profile_id, action=Action.DEPOSIT_ADDRESS) != Verdict.ALLOWED:
        raise refuse_action(profile_id=profile_id, action=Action.DEPOSIT_ADDRESS)
    rail = get_rail(rail_id=rail_id)
    return rail, _feed_of(rail, installed_feeds() if feeds is None else feeds)


def _feed_of(rail: Rail, feeds: Feeds) -> ArrivalGateway:
    """Who tells of what arrives over the rail, and issues where it is sent to."""
    if rail.asset.status != "ACTIVE":
        raise Refusal("ASSET_SUSPENDED", f"{rail.asset.code} is {rail.asset.status}.")
    feed = feeds.get((rail.gateway, source_of(rail)))
    if not rail.enabled or feed is None:
        raise Refusal("RAIL_DISABLED", f"{rail.asset.code} does not come by {rail.network} now.")
    return feed


def _known(profile_id: UUID, rail: Rail) -> tuple[UUID | None, int]:
    """The ACTIVE instruction, and the number of the next one."""
    issued = DepositInstruction.objects.filter(profile_id=profile_id, rail=rail)
    known = issued.filter(status=DepositInstruction.Status.ACTIVE).values_list("pk", flat=True).first()
    return known, (issued.aggregate(last=Max("number"))["last"] or 0) + 1


def _note(instruction: DepositInstruction, *, verb: str, topic: str, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=instruction.pk,
        at=at,
        changes=[
            {"field": "address", "before": None, "after": instruction.address},
            {"field": "network", "before": None, "after": instruction.rail.network},
            {"field": "status", "before": None, "after": instruction.status},
        ],
        object_version=instruction.version,
    )
    publish_message(
        topic=f"{OBJECT_TYPE}.{topic}",
        channel="TRANSFERS",
        entity_id=instruction.profile.entity_id,
        subject_type=OBJECT_TYPE,
        subject_id=instruction.pk,
        payload={
            "profile_id": str(instruction.profile_id),
            "asset": instruction.rail.asset.code,
            "network": instruction.rail.network,
            "status": instruction.status,
        },
    )
