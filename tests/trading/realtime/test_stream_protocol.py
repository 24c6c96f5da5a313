"""/v1/stream: what a program may say, what it is answered, and how it is cut off."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from accounts.models import AccessToken, ApiCredential, Organisation
from accounts.operations.revoke_credential import revoke_credential
from config.relay import seal
from core import clock
from core.operations.record_audit import SYSTEM
from core.operations.seal_outbox import seal_outbox
from tests.accounts.credentials.signing import a_key_pair, signed_headers
from tests.trading.realtime.streams import Program, a_program, a_token, another_token
from tests.world import Client, World
from trading.models import Instruction, Order
from trading.realtime.stream import consumer, hub

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest_asyncio.fixture
async def world(transactional_db: None) -> World:
    return await sync_to_async(World)()


@pytest_asyncio.fixture
async def alder(world: World) -> Client:
    return await sync_to_async(lambda: world.client("Alder", USD="1000.00", BTC="1"))()


async def test_answers_echo_id_and_op(world: World) -> None:
    async with a_program() as program:
        assert (await program.does("PING"))["at"].endswith("Z")
        await program.socket.say('{"id": "mine", "op": "LIST"}')
        assert await program._next(3) == {"id": "mine", "op": "LIST", "ok": True, "subscriptions": []}


async def test_what_is_heard_is_listed_and_ends_when_asked(world: World, alder: Client) -> None:
    async with a_program(alder) as program:
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD", depth=100)
        await program.does("SUBSCRIBE", channel="TRADES", market="BTC-USD")
        await program.does("SUBSCRIBE", channel="ORDERS")
        assert (await program.does("LIST"))["subscriptions"] == [
            {"channel": "BOOK", "market": "BTC-USD", "depth": 100},
            {"channel": "TRADES", "market": "BTC-USD"},
            {"channel": "ORDERS"},
        ]
        await program.does("UNSUBSCRIBE", channel="BOOK", market="BTC-USD")
        await program.does("UNSUBSCRIBE", channel="ORDERS")
        assert (await program.does("LIST"))["subscriptions"] == [{"channel": "TRADES", "market": "BTC-USD"}]
        assert await program.refused("UNSUBSCRIBE", channel="ORDERS") == "NOT_SUBSCRIBED"
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")


async def test_each_wrong_request_has_its_own_problem(world: World, alder: Client) -> None:
    async with a_program(alder, "orders:read") as program:
        await program.does("SUBSCRIBE", channel="TRADES", market="BTC-USD")
        for fields, code in (
            ({"op": "SHUTDOWN"}, "UNKNOWN_OP"),
            ({"op": "SUBSCRIBE", "channel": "SECRETS"}, "UNKNOWN_CHANNEL"),
            ({"op": "SUBSCRIBE", "channel": ["BOOK"]}, "UNKNOWN_CHANNEL"),
            ({"op": "UNSUBSCRIBE", "channel": "SECRETS"}, "UNKNOWN_CHANNEL"),
            ({"op": "SUBSCRIBE", "channel": "BOOK"}, "MALFORMED_MESSAGE"),
            ({"op": "SUBSCRIBE", "channel": "BOOK", "market": "BTC-USD", "depth": 11}, "MALFORMED_MESSAGE"),
            ({"op": "SUBSCRIBE", "channel": "BOOK", "market": "BTC-USD", "depth": True}, "MALFORMED_MESSAGE"),
            ({"op": "SUBSCRIBE", "channel": "TICKER", "market": "BTC-USD", "depth": 10}, "MALFORMED_MESSAGE"),
            ({"op": "SUBSCRIBE", "channel": "ORDERS", "market": "BTC-USD"}, "MALFORMED_MESSAGE"),
            ({"op": "PING", "pong": 1}, "MALFORMED_MESSAGE"),
            ({"op": "AUTHENTICATE"}, "MALFORMED_MESSAGE"),
            ({"op": "SUBSCRIBE", "channel": "BOOK", "market": "DOGE-USD"}, "UNKNOWN_MARKET"),
            ({"op": "SUBSCRIBE", "channel": "BOOK", "market": "x" * 400}, "UNKNOWN_MARKET"),
            ({"op": "SUBSCRIBE", "channel": "TRADES", "market": "BTC-USD"}, "ALREADY_SUBSCRIBED"),
            ({"op": "UNSUBSCRIBE", "channel": "BOOK", "market": "BTC-USD"}, "NOT_SUBSCRIBED"),
            ({"op": "SUBSCRIBE", "channel": "BALANCES"}, "SCOPE_MISSING"),
        ):
            await asyncio.sleep(0.06)
            assert await program.refused(**fields) == code, fields  # type: ignore[arg-type]
        answer = await program.ask("SUBSCRIBE", channel="BALANCES")
        assert answer["problem"]["meta"] == {"scope": "profiles:read"}
        assert (answer["problem"]["status"], answer["problem"]["type"]) == (
            403,
            "urn:countinghouse:problem:SCOPE_MISSING",
        )
        # What was refused is not heard.
        assert (await program.does("LIST"))["subscriptions"] == [{"channel": "TRADES", "market": "BTC-USD"}]


async def test_what_is_no_request_ends_the_socket(world: World) -> None:
    for said in (
        "nonsense", "[]", "7", '{"op": "PING"}', '{"id": 1}', '{"id": 1.5, "op": "PING"}', '{"id": true, "op": "PING"}',
        '{"id": "", "op": "PING"}', '{"id": 1, "id": 2, "op": "PING"}', '{"id": 1, "op": ["PING"]}', "[" * 9_000,
        '{"id": 1, "op": "' + "x" * 20_000 + '"}',
    ):  # fmt: skip
        async with a_program() as program:
            await program.socket.say(said)
            assert await program.is_closed_with() == 4000, said[:40]


async def test_a_private_feed_takes_a_token(world: World) -> None:
    async with a_program() as program:
        await program.socket.say('{"id": 1, "op": "SUBSCRIBE", "channel": "ORDERS"}')
        assert await program.is_closed_with() == 4001


async def test_a_token_that_is_none_ends_the_socket(world: World, alder: Client) -> None:
    ended = await a_token(alder, "orders:read")
    await AccessToken.objects.all().aupdate(expires_at=clock.now() - timedelta(seconds=1))
    for token in ("x", "", "é", "x" * 5_000, ended):
        async with a_program() as program:
            await program.socket.say(f'{{"id": 1, "op": "AUTHENTICATE", "token": "{token}"}}')
            assert await program.is_closed_with() == 4001, token


async def test_a_token_that_comes_late_ends_the_socket(
    world: World, alder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "AUTHENTICATE_SECONDS", 0.1)
    token = await a_token(alder, "orders:read")
    async with a_program() as program:
        await asyncio.sleep(0.2)
        # Who wants only what is public needs none.
        await program.does("SUBSCRIBE", channel="TRADES", market="BTC-USD")
        await program.socket.say(f'{{"id": 1, "op": "AUTHENTICATE", "token": "{token}"}}')
        assert await program.is_closed_with() == 4001


async def test_a_fresh_token_of_the_same_credential_prolongs_and_anothers_does_not(
    world: World, alder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    birch = await sync_to_async(lambda: world.client("Birch"))()
    async with a_program(alder) as program:
        monkeypatch.setattr(consumer, "AUTHENTICATE_SECONDS", 0.0)
        first = await AccessToken.objects.aget()
        await program.does("AUTHENTICATE", token=await another_token(alder, "orders:read"))
        await AccessToken.objects.filter(pk=first.pk).adelete()
        await asyncio.sleep(1.3)
        await program.does("PING")
        token = await a_token(birch, "orders:read")
        await program.socket.say(f'{{"id": 99, "op": "AUTHENTICATE", "token": "{token}"}}')
        assert await program.is_closed_with() == 4003


async def test_from_where_the_credential_is_not_used_it_opens_nothing(world: World, alder: Client) -> None:
    token = await a_token(alder, "orders:read")
    await ApiCredential.objects.filter(pk=alder.credential.credential_id).aupdate(allowed_cidrs=["10.0.0.0/8"])
    async with a_program() as program:
        await program.socket.say(f'{{"id": 1, "op": "AUTHENTICATE", "token": "{token}"}}')
        assert await program.is_closed_with() == 4003


async def test_a_credential_with_a_key_signs_the_opening_of_its_sockets(world: World, alder: Client) -> None:
    key, public = a_key_pair()
    token = await a_token(alder, "orders:read")
    await ApiCredential.objects.filter(pk=alder.credential.credential_id).aupdate(signing_public_key=public)
    signed = signed_headers(key, alder.credential.client_id, "GET", "ws://localhost/v1/stream")
    other = signed_headers(key, alder.credential.client_id, "GET", "ws://localhost/v1/other")
    for headers, is_let_in in ((signed, True), (other, False), ({}, False)):
        async with a_program(headers=headers) as program:
            await program.socket.say(f'{{"id": 1, "op": "AUTHENTICATE", "token": "{token}"}}')
            if is_let_in:
                assert (await program._next(5))["ok"]
            else:
                assert await program.is_closed_with() == 4001


async def test_a_bell_for_all_is_heard_by_all(world: World, alder: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the relay itself rings it."""
    monkeypatch.setattr(hub.Hub, "_behind", lambda _self, _seen: set())
    monkeypatch.setattr(seal, "MOST_NAMED", 0)
    loop = seal.OutboxLoop(LayerOfTheLoop(asyncio.get_running_loop()))  # type: ignore[arg-type]
    await sync_to_async(seal_outbox)(at=clock.now())
    async with a_program(alder) as program:
        await program.does("SUBSCRIBE", channel="TRANSFERS")
        await sync_to_async(lambda: world.deposit(alder, "USD", "1.00"))()
        loop._ring_feeds(await sync_to_async(seal_outbox)(at=clock.now()))
        assert (await program.hear("TRANSFERS"))["data"]["type"] == "settlement.deposit.credited"


class LayerOfTheLoop:
    """The relay's way to the layer, in a test's own loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.sent: list[asyncio.Task[None]] = []

    def send(self, message: dict[str, object], group: str) -> None:
        self.sent.append(self.loop.create_task(get_channel_layer().group_send(group, message)))


async def test_the_firms_own_programs_have_no_clients_stream(world: World, alder: Client) -> None:
    token = await a_token(alder, "orders:read")
    await Organisation.objects.filter(pk=world.organisation_id).aupdate(kind="FIRM")
    async with a_program() as program:
        await program.socket.say(f'{{"id": 1, "op": "AUTHENTICATE", "token": "{token}"}}')
        assert await program.is_closed_with() == 4003


async def lose_credential(client: Client) -> None:
    await sync_to_async(revoke_credential)(
        credential_id=client.credential.credential_id, actor=SYSTEM, reason="Tests", at=clock.now()
    )


async def lose_time(client: Client) -> None:
    await AccessToken.objects.filter(credential_id=client.credential.credential_id).aupdate(expires_at=clock.now())


async def lose_scope(client: Client) -> None:
    await AccessToken.objects.filter(credential_id=client.credential.credential_id).aupdate(scopes=["profiles:read"])


async def lose_place(client: Client) -> None:
    cidrs = ApiCredential.objects.filter(pk=client.credential.credential_id)
    await cidrs.aupdate(allowed_cidrs=["10.0.0.0/8"])


@pytest.mark.parametrize(
    ("loss", "code"), [(lose_credential, 4002), (lose_time, 4002), (lose_scope, 4003), (lose_place, 4003)]
)
async def test_who_loses_the_right_is_cut_off_within_five_seconds(
    world: World, alder: Client, loss: object, code: int
) -> None:
    async with a_program(alder) as program, a_program() as stranger:
        await program.does("SUBSCRIBE", channel="ORDERS")
        await stranger.does("SUBSCRIBE", channel="TRADES", market="BTC-USD")
        await loss(alder)  # type: ignore[operator]
        assert await program.is_closed_with(timeout=5) == code
        await stranger.does("PING")


async def test_a_credential_and_a_process_have_so_many_sockets(
    world: World, alder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "MOST_SOCKETS_A_CREDENTIAL", 1)
    monkeypatch.setattr(hub, "MOST_SOCKETS", 3)
    token = await a_token(alder, "orders:read")
    async with a_program() as first, a_program() as second, a_program(), a_program() as fourth:
        assert await fourth.is_closed_with() == 4009
        await first.does("AUTHENTICATE", token=token)
        await second.socket.say(f'{{"id": 1, "op": "AUTHENTICATE", "token": "{token}"}}')
        assert await second.is_closed_with() == 4009
        await first.does("PING")


async def test_a_socket_of_nobody_that_hears_nothing_gives_its_place_back(
    world: World, alder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "NOBODY_SECONDS", 0.5)
    async with a_program() as idle, a_program() as hearing, a_program(alder) as known:
        await hearing.does("SUBSCRIBE", channel="TRADES", market="BTC-USD")
        assert await idle.is_closed_with(timeout=5) == 4001
        await hearing.does("PING")
        await known.does("PING")


async def test_who_says_too_much_is_not_heard(world: World) -> None:
    async with a_program() as program:
        for _ in range(20):
            await program.does("PING")
        codes = [(await program.ask("PING")).get("problem", {}).get("code") for _ in range(10)]
        assert "RATE_LIMITED" in codes
        await asyncio.sleep(0.5)
        await program.does("PING")


async def test_a_socket_hears_so_many_feeds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.realtime.stream.session.MOST_SUBSCRIPTIONS", 2)
    async with a_program() as program:
        await program.does("SUBSCRIBE", channel="TRADES", market="BTC-USD")
        await program.does("SUBSCRIBE", channel="TICKER", market="BTC-USD")
        assert await program.refused("SUBSCRIBE", channel="BOOK", market="BTC-USD") == "TOO_MANY_SUBSCRIPTIONS"


async def test_the_hub_rests_when_the_last_program_leaves(world: World) -> None:
    async with a_program() as program:
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        live = hub.get_hub()
        assert live._tasks
        assert live.markets
    assert not live._tasks
    assert not live.markets
    async with a_program() as program:
        await program.does("SUBSCRIBE", channel="BOOK", market="BTC-USD")
        assert isinstance(program, Program)
        await program.hear("BOOK", "HEARTBEAT")


async def test_what_a_socket_was_to_cancel_is_cancelled_when_it_ends(world: World, alder: Client) -> None:
    birch = await sync_to_async(lambda: world.client("Birch", USD="9000.00"))()

    def rest() -> None:
        for client in (alder, birch):
            world.place(client, "R", "BUY", "0.01", "50000.00")
        world.match()

    await sync_to_async(rest)()
    async with a_program(alder, "orders:read") as reader:
        assert await reader.refused("SUBSCRIBE", channel="ORDERS", cancel_on_disconnect=True) == "SCOPE_MISSING"
        await reader.does("SUBSCRIBE", channel="ORDERS", cancel_on_disconnect=False)
    assert not await Instruction.objects.filter(status="PENDING").aexists()
    async with a_program(alder, "orders:read", "orders:write") as program:
        assert await program.refused("SUBSCRIBE", channel="ORDERS", cancel_on_disconnect=1) == "MALFORMED_MESSAGE"
        await program.does("SUBSCRIBE", channel="ORDERS", cancel_on_disconnect=True)
        assert (await program.does("LIST"))["subscriptions"] == [{"channel": "ORDERS", "cancel_on_disconnect": True}]
    await sync_to_async(world.match)()
    ended = [(order.status, order.done_reason) async for order in Order.objects.order_by("id")]
    assert ended == [("CANCELLED", "DEAD_MANS_SWITCH"), ("OPEN", "")]
