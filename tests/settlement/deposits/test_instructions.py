"""Where clients are paid: one place for each profile and rail, its own for ever, and given to those only who may have one."""

import pytest
from django.db import IntegrityError, transaction

from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry, OutboxMessage
from core.operations.record_audit import SYSTEM
from settlement.models import Asset, DepositInstruction
from settlement.operations.open_deposit_instruction import open_deposit_instruction, retire_deposit_instruction
from settlement.queries.deposit_instructions import access_deposit_instruction
from tests.crowd import at_once
from tests.settlement.deposits.arriving import Arriving, limit_rail
from tests.world import Client

pytestmark = pytest.mark.django_db


def refused(arriving: Arriving, client: Client, *, feeds: bool = True) -> str:
    with pytest.raises(Refusal) as caught:
        open_deposit_instruction(
            profile_id=client.profile_id,
            rail_id=arriving.bitcoin,
            actor=SYSTEM,
            at=arriving.at,
            feeds=arriving.feeds if feeds else {},
        )
    return caught.value.code


def test_it_is_the_same_as_often_as_it_is_asked_for_and_nobody_elses(arriving: Arriving) -> None:
    alder, birch = arriving.world.client("Alder"), arriving.world.client("Birch")
    first = arriving.address(alder)
    assert arriving.address(alder) == first
    assert first.startswith("sim1")
    assert arriving.address(birch) != first
    assert arriving.address(alder, arriving.wire).startswith("RF")
    assert DepositInstruction.objects.count() == 3


def test_a_retired_one_is_told_to_nobody_and_still_its_owners(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    first = arriving.address(client)
    retired = DepositInstruction.objects.get(address=first)
    for _ in range(2):
        retire_deposit_instruction(instruction_id=retired.pk, actor=SYSTEM, at=arriving.at)
    second = arriving.address(client)
    assert second != first
    assert arriving.arrive(first).profile_id == client.profile_id
    assert access_deposit_instruction(instruction_id=retired.pk, entity_id=client.entity_id).status == "RETIRED"
    with pytest.raises(NotFound):
        access_deposit_instruction(instruction_id=retired.pk, entity_id=new_id())
    with pytest.raises(NotFound):
        retire_deposit_instruction(instruction_id=new_id(), actor=SYSTEM, at=arriving.at)


@pytest.mark.parametrize("kind", ["SELL_ONLY", "DORMANT", "FROZEN", "CLOSED"])
def test_who_may_not_have_one_gets_none(arriving: Arriving, kind: str) -> None:
    client = arriving.world.client("Alder")
    arriving.control(client, kind)
    assert refused(arriving, client) == "ACTION_NOT_PERMITTED"
    assert not DepositInstruction.objects.exists()


def test_a_rail_that_is_off_gives_none(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    assert refused(arriving, client, feeds=False) == "RAIL_DISABLED"
    limit_rail(arriving.bitcoin, enabled=False)
    assert refused(arriving, client) == "RAIL_DISABLED"
    Asset.objects.filter(code="BTC").update(status="SUSPENDED")
    assert refused(arriving, client) == "ASSET_SUSPENDED"
    with pytest.raises(NotFound):
        open_deposit_instruction(
            profile_id=client.profile_id, rail_id=new_id(), actor=SYSTEM, at=arriving.at, feeds=arriving.feeds
        )
    with pytest.raises(NotFound):
        open_deposit_instruction(
            profile_id=new_id(), rail_id=arriving.bitcoin, actor=SYSTEM, at=arriving.at, feeds=arriving.feeds
        )


def test_it_is_written_down_and_told(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    address = arriving.address(client)
    entry = AuditEntry.objects.get(action="settlement.deposit_instruction.open")
    assert {"field": "address", "before": None, "after": address} in entry.changes
    assert OutboxMessage.objects.get(topic="settlement.deposit_instruction.opened").entity_id == client.entity_id


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_once_get_one(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    assert len(set(at_once(lambda _: arriving.address(client), range(16)))) == 1
    assert DepositInstruction.objects.count() == 1


def test_no_two_profiles_have_one_address(arriving: Arriving) -> None:
    arriving.address(arriving.world.client("Alder"))
    known = DepositInstruction.objects.get()
    known.pk, known.profile_id, known.number = new_id(), arriving.world.client("Birch").profile_id, 1
    with pytest.raises(IntegrityError, match="deposit_address_has_one_owner"), transaction.atomic():
        known.save(force_insert=True)
