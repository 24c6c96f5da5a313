"""A signed order sent a thousand times at once is one order."""

import json

import pytest

from accounts.models import ApiCredential
from accounts.operations.issue_token import issue_token
from core import clock
from tests.accounts.credentials.signing import Signer, a_key_pair, meta
from tests.crowd import at_once
from tests.people import Api
from tests.world import World
from trading.models import Instruction, Order

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_thousand_replays_of_a_signed_order_have_one_effect():
    world = World()
    client = world.client("Ann", USD="100000.00")
    key, public = a_key_pair()
    paces = {"orders": "100000/100000", "cancels": "100000/100000"}
    ApiCredential.objects.filter(pk=client.credential.credential_id).update(
        signing_public_key=public, rate_limits=paces
    )
    issued = issue_token(
        credential_id=client.credential.credential_id, scopes=list(client.credential.scopes), at=clock.now()
    )
    signer = Signer(Api(issued.access_token), key, client.credential.client_id)
    body = json.dumps(
        {
            "profile_id": str(client.profile_id), "market": "BTC-USD", "client_order_id": "o-1", "side": "BUY",
            "type": "LIMIT", "base_amount": "0.1", "limit_price": "50000.00",
        }
    ).encode()  # fmt: skip
    signed = meta(signer.headers("POST", "/orders", body))
    before = Instruction.objects.count()
    answers = at_once(lambda _: signer.api.request("POST", "/orders", body, **signed), range(1_000))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(200)) == (1, 999)
    assert len({json.loads(answer.content)["id"] for answer in answers}) == 1
    assert (Order.objects.count(), Instruction.objects.count()) == (1, before + 1)
    # 0.1 BTC at 50,000 with the fee of a taker: held once.
    assert world.balance(client, "USD")[1] == Order.objects.get().held
