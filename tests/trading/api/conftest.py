"""BTC-USD with two clients who hold money, and the API as each of them sees it."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from accounts.operations.issue_token import issue_token
from core import clock
from tests.people import Api
from tests.world import ALL_SCOPES, Client, World


@dataclass
class Desk:
    """A client of the world with its API."""

    client: Client
    api: Api

    @property
    def profile_id(self) -> UUID:
        return self.client.profile_id

    def body(self, client_order_id: str = "o-1", **terms: object) -> dict[str, object]:
        """A LIMIT order to buy 0.5 BTC at 60,000.00; ``terms`` change it, None takes a field out."""
        body = {
            "profile_id": str(self.profile_id),
            "market": "BTC-USD",
            "client_order_id": client_order_id,
            "side": "BUY",
            "type": "LIMIT",
            "base_amount": "0.5",
            "limit_price": "60000.00",
        } | terms
        return {name: value for name, value in body.items() if value is not None}


@pytest.fixture
def world(db) -> World:
    return World()


def _desk(world: World, name: str, **balances: str) -> Desk:
    client = world.client(name, **balances)
    issued = issue_token(credential_id=client.credential.credential_id, scopes=ALL_SCOPES, at=clock.now())
    return Desk(client, Api(issued.access_token))


@pytest.fixture
def ann(world: World) -> Desk:
    return _desk(world, "ann", USD="100000.00", BTC="5")


@pytest.fixture
def bob(world: World) -> Desk:
    return _desk(world, "bob", USD="100000.00", BTC="5")
