"""A client with a statement of a closed day, and its API."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from accounts.operations.issue_token import issue_token
from core.clock import now
from core.operations.record_audit import SYSTEM
from settlement.models import ClientStatement
from settlement.operations.issue_statement import issue_statement
from tests.people import Api
from tests.settlement.statements.closing import close_until, night_of
from tests.world import ALL_SCOPES, Client, World

MONDAY = date(2026, 3, 2)


@dataclass
class Stated:
    """A client, its statement of Monday, and the API as it sees it."""

    world: World
    client: Client
    statement: ClientStatement
    api: Api
    stranger: Api


def api_of(client: Client) -> Api:
    issued = issue_token(credential_id=client.credential.credential_id, scopes=ALL_SCOPES, at=now())
    return Api(issued.access_token)


def a_statement(client: Client, day: date = MONDAY) -> ClientStatement:
    issued: UUID = issue_statement(
        profile_id=client.profile_id, period_start=day, period_end=day, actor=SYSTEM, at=night_of(day)
    )
    return ClientStatement.objects.get(pk=issued)


@pytest.fixture
def stated(db: None) -> Stated:
    world = World()
    alder, birch = world.client("Alder", USD="1000.00"), world.client("Birch", BTC="3")
    world.set_reference("60000")
    world.place(birch, "b-1", "SELL", "0.01", "60000.00")
    world.place(alder, "a-1", "BUY", "0.005", "60000.00")
    world.match()
    close_until(MONDAY)
    return Stated(world, alder, a_statement(alder), api_of(alder), api_of(birch))
