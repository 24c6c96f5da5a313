"""The door for many: what each is answered, what is held, and that it is one by one and yet all at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.refusals import Refusal
from settlement.models import LedgerAccount
from tests.trading.operations.test_permissions import control
from tests.world import Client, World
from trading.contracts import OrderTerms, OrderWish, PlacedOrder
from trading.domain.terms_hash import terms_sha256
from trading.models import Instruction, KillSwitch, Order
from trading.operations import place_orders as door
from trading.operations.place_order import place_order
from trading.operations.place_orders import place_orders


@pytest.fixture
def world(db: None) -> World:
    return World()


def wish(
    client: Client, name: str, side: str = "BUY", amount: str = "0.0100", price: str | None = "60000.00"
) -> OrderWish:
    terms = OrderTerms(
        profile_id=client.profile_id,
        market="BTC-USD",
        client_order_id=name,
        side=side,
        type="LIMIT" if price else "MARKET",
        time_in_force="GTC" if price else "IOC",
        base_amount=Decimal(amount),
        quote_amount=None,
        limit_price=Decimal(price) if price else None,
        self_trade_prevention="CANCEL_NEWEST",
        metadata={"of": name},
    )
    return OrderWish(terms, terms_sha256(terms))


def place(world: World, client: Client, *wishes: OrderWish) -> list[PlacedOrder | Refusal]:
    return place_orders(
        wishes=wishes, credential_id=client.credential.credential_id, entity_id=client.entity_id, at=world.at
    )


def one_by_one(world: World, client: Client, *wishes: OrderWish) -> list[PlacedOrder | Refusal]:
    answers: list[PlacedOrder | Refusal] = []
    for each in wishes:
        try:
            answers.append(
                place_order(
                    terms=each.terms,
                    credential_id=client.credential.credential_id,
                    entity_id=client.entity_id,
                    request_sha256=each.request_sha256,
                    at=world.at,
                )
            )
        except Refusal as refusal:
            answers.append(refusal)
    return answers


def told(answer: PlacedOrder | Refusal) -> object:
    """An answer but for the ids that are new each time."""
    if isinstance(answer, Refusal):
        meta = {name: value for name, value in answer.meta.items() if name != "order_id"}
        return answer.code, answer.status, answer.detail, answer.errors, meta
    return answer.is_replay, replace(answer.order, id=answer.order.profile_id)


def codes(answers: list[PlacedOrder | Refusal]) -> list[str]:
    return [
        answer.code if isinstance(answer, Refusal) else "AGAIN" if answer.is_replay else "PLACED" for answer in answers
    ]


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def test_all_that_fits_is_held_stored_and_instructed_in_order(world: World) -> None:
    client = world.client("Alder", USD="2000.00", BTC="1")

    answers = place(
        world, client, wish(client, "B"), wish(client, "A"), wish(client, "C", "SELL", "0.2500", "61000.00")
    )

    assert codes(answers) == ["PLACED"] * 3
    assert world.balance(client, "USD") == (Decimal("2000"), Decimal("1202.40"))
    assert world.balance(client, "BTC") == (Decimal(1), Decimal("0.25"))
    placed = Instruction.objects.filter(kind="PLACE").order_by("id").values_list("order__client_order_id", flat=True)
    assert list(placed) == ["B", "A", "C"]
    # The answer is the order as it is read.
    again = place(world, client, wish(client, "B"))
    assert isinstance(again[0], PlacedOrder) and isinstance(answers[0], PlacedOrder)
    assert (again[0].is_replay, again[0].order) == (True, answers[0].order)
    world.match()
    assert world.order(client, "B").status == "OPEN"


def test_what_is_available_goes_to_whoever_comes_first_and_fits(world: World) -> None:
    client = world.client("Alder", USD="1000.00")

    answers = place(
        world,
        client,
        wish(client, "first"),
        wish(client, "too much"),
        wish(client, "small", amount="0.0010"),
        wish(client, "SELLS", "SELL"),
    )

    assert codes(answers) == ["PLACED", "INSUFFICIENT_AVAILABLE", "PLACED", "INSUFFICIENT_AVAILABLE"]
    assert isinstance(answers[1], Refusal)
    assert Decimal(answers[1].meta["available"]) == Decimal("398.80")
    assert Decimal(answers[1].meta["held_by"]["orders"]) == Decimal("601.20")
    assert world.balance(client, "USD")[1] == Decimal("661.32")


def test_no_account_is_left_of_orders_that_were_not_taken(world: World) -> None:
    poor, rich = world.client("Alder", USD="1.00"), world.client("Birch", USD="1000.00")

    assert codes(place(world, poor, wish(poor, "A"))) == ["INSUFFICIENT_AVAILABLE"]
    assert not LedgerAccount.objects.filter(profile_id=poor.profile_id, asset=world.btc).exists()
    assert codes(place(world, rich, wish(rich, "A"), wish(rich, "B"))) == ["PLACED", "INSUFFICIENT_AVAILABLE"]
    assert world.balance(rich, "BTC") == (Decimal(0), Decimal(0))


def test_an_id_twice_is_the_same_order_or_is_refused(world: World) -> None:
    client = world.client("Alder", USD="10000.00")
    place(world, client, wish(client, "stored"))

    answers = place(
        world,
        client,
        wish(client, "A"),
        wish(client, "A"),
        wish(client, "A", price="60000.50"),
        wish(client, "A", price="60000.25"),
        wish(client, "stored"),
        wish(client, "stored", amount="0.0200"),
        wish(client, "odd", price="60000.25"),
        wish(client, "odd"),
    )

    assert codes(answers) == [
        "PLACED",
        "AGAIN",
        "CLIENT_ORDER_ID_REUSED",
        "CLIENT_ORDER_ID_REUSED",
        "AGAIN",
        "CLIENT_ORDER_ID_REUSED",
        "PRICE_OFF_TICK",
        "PLACED",
    ]
    assert Order.objects.count() == 3
    assert world.balance(client, "USD")[1] == 3 * Decimal("601.20")


def test_foreign_profiles_unknown_markets_and_what_is_forbidden(world: World) -> None:
    alder, birch = world.client("Alder", USD="1000.00"), world.client("Birch", USD="1000.00")
    unknown = wish(alder, "U")
    unknown = OrderWish(replace(unknown.terms, market="BTC-EUR"), unknown.request_sha256)

    answers = place(world, alder, wish(birch, "F"), unknown, wish(alder, "A"))

    assert codes(answers) == ["NOT_FOUND", "NOT_FOUND", "PLACED"]
    assert [told(each) for each in answers[:2]] == [
        told(each) for each in one_by_one(world, alder, wish(birch, "F"), unknown)
    ]
    assert world.balance(birch, "USD")[1] == 0


def test_a_kill_switch_keeps_out_whom_it_covers(world: World) -> None:
    client = world.client("Alder", USD="1000.00")
    KillSwitch.objects.create(
        scope="PROFILE", scope_id=client.profile_id, reason="TRADING_RISK", engaged_by=uuid4(), engaged_at=world.at
    )

    answers = place(world, client, wish(client, "A"), wish(client, "B", price="60000.25"))

    assert codes(answers) == ["KILL_SWITCH_ENGAGED", "PRICE_OFF_TICK"]
    assert [told(each) for each in answers] == [
        told(each) for each in one_by_one(world, client, wish(client, "A"), wish(client, "B", price="60000.25"))
    ]
    assert world.balance(client, "USD")[1] == 0


def test_a_permission_that_goes_meanwhile_stops_the_whole_until_it_is_read_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client("Alder", USD="1000.00", BTC="1")
    lock = door._lock

    def lock_and_deny(account_ids: Any) -> Any:
        control(client, "SELL_ONLY")
        return lock(account_ids)

    # Undone with the batch, unlike what another transaction would have committed: so it comes again each time.
    monkeypatch.setattr(door, "_lock", lock_and_deny)
    with pytest.raises(Refusal) as caught:
        place(world, client, wish(client, "A"), wish(client, "S", "SELL"))

    assert caught.value.status == 503
    assert not Order.objects.exists() and world.balance(client, "USD")[1] == 0


@pytest.mark.parametrize("is_denied", [False, True])
def test_it_costs_the_same_statements_however_many(world: World, is_denied: bool) -> None:
    client = world.client("Alder", USD="1000000.00", BTC="1")
    if is_denied:
        control(client, "SELL_ONLY")
    counts = []
    for many in (2, 10, 100):
        sides = ["SELL" if is_denied and number % 2 else "BUY" for number in range(many)]
        wishes = [wish(client, f"{many}-{number}", side, "0.0010") for number, side in enumerate(sides)]
        with statements() as seen:
            answers = place(world, client, *wishes)
        assert codes(answers).count("PLACED") == sides.count("SELL" if is_denied else "BUY")
        counts.append(len([sql for sql in seen if "SAVEPOINT" not in sql]))

    assert len(set(counts)) == 1
    if not is_denied:
        # The contexts, the locks, the orders.
        assert counts[0] == 3, seen


NAMES = st.sampled_from("abcdef")
ITEMS = st.tuples(
    NAMES,
    st.sampled_from(["BUY", "SELL"]),
    st.sampled_from(["0.0001", "0.0100", "0.0200", "0.00015"]),
    st.sampled_from(["60000.00", "59000.00", "60000.25", "0.50", None]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(ITEMS, max_size=3), items=st.lists(ITEMS, min_size=1, max_size=12), usd=st.integers(0, 4_000))
def test_a_batch_answers_and_holds_as_its_orders_one_by_one(
    world: World, first: list[tuple[str, ...]], items: list[tuple[str, ...]], usd: int
) -> None:
    seen: list[object] = []
    for way in (place, one_by_one):
        client = world.client(f"hazel-{uuid4()}", USD=f"{usd + 1}.00", BTC="0.0250")
        one_by_one(world, client, *(wish(client, *item) for item in first))
        answers = way(world, client, *(wish(client, *item) for item in items))
        held = [world.balance(client, code)[1] for code in ("USD", "BTC")]
        orders = Order.objects.filter(profile_id=client.profile_id).order_by("client_order_id")
        terms = ("client_order_id", "side", "base_amount", "limit_price", "protection_price", "held", "metadata")
        text = str([told(each) for each in answers]).replace(str(client.profile_id), "")
        seen.append((text, held, list(orders.values_list(*terms))))

    assert seen[0] == seen[1]


@pytest.mark.django_db(transaction=True)
def test_batches_at_once_share_one_balance_and_their_ids() -> None:
    world = World()
    client = world.client("Alder", USD="6012.00", BTC="1")
    start = Barrier(4)

    def post(number: int) -> list[PlacedOrder | Refusal]:
        names = [f"{'same' if index % 2 else number}-{index}" for index in range(8)]
        start.wait(10)
        try:
            return place(world, client, *(wish(client, name) for name in (names if number % 2 else names[::-1])))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = [code for each in pool.map(post, range(4)) for code in codes(each)]

    assert set(answers) <= {"PLACED", "AGAIN", "INSUFFICIENT_AVAILABLE"}
    assert answers.count("PLACED") == Order.objects.count() == 10
    assert world.balance(client, "USD") == (Decimal("6012"), Decimal("6012"))
    assert Instruction.objects.filter(kind="PLACE").count() == 10
