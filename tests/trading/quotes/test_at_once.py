"""Many at once: a quote is taken once, and the house promises nothing twice."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections

from core.clock import now
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.models import Entry
from tests.trading.quotes.dealing import Dealing, breaches
from trading.models import Quote, QuoteExecution
from trading.operations.stop_quotes import stop_quotes

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


def at_once(works: list[Callable[[], str]]) -> Counter[str]:
    """Do all of it from a few threads that begin together; answers what each came to."""
    begin = threading.Barrier(THREADS)

    def lane(number: int) -> list[str]:
        begin.wait()
        try:
            return [told(work) for work in works[number::THREADS]]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(code for codes in pool.map(lane, range(THREADS)) for code in codes)


def told(work: Callable[[], str]) -> str:
    try:
        return work()
    except Refusal as refusal:
        return refusal.code


def test_two_hundred_take_one_quote_and_the_house_promises_nothing_twice() -> None:
    dealing = Dealing().open(btc="1")
    client = dealing.world.client("Birch", USD="500000.00")
    quote = dealing.ask(client, "BUY", base="0.5")

    def take(reference: str) -> Callable[[], str]:
        return lambda: "REPLAYED" if dealing.execute(client, quote, reference).is_replay else "EXECUTED"

    # Half of them repeat themselves, the others come under names of their own.
    came = at_once([take("mine" if number % 2 else f"other-{number}") for number in range(200)])
    assert came["EXECUTED"] == 1
    assert came["EXECUTED"] + came["REPLAYED"] + came["QUOTE_ALREADY_EXECUTED"] == 200
    assert Entry.objects.filter(kind="QUOTE_EXECUTION").count() == QuoteExecution.objects.count() == 1
    assert dealing.world.balance(client, "BTC") == (Decimal("0.5"), 0)

    # Half a bitcoin is left: of forty that ask for a tenth each, five get a price, and all five can keep it.
    asked: list[Quote] = []

    def ask() -> str:
        asked.append(dealing.ask(client, "BUY", base="0.1"))
        return "QUOTED"

    came = at_once([ask] * 40)
    assert came == {"QUOTED": 5, "QUOTE_NOT_FILLABLE": 35}
    came = at_once([take_each(dealing, client, each) for each in asked])
    assert came == {"EXECUTED": 5}
    assert dealing.house("BTC") == 0
    assert breaches() == {}


def take_each(dealing: Dealing, client: object, quote: Quote) -> Callable[[], str]:
    def take() -> str:
        dealing.execute(client, quote, f"take-{quote.pk}")  # type: ignore[arg-type]
        return "EXECUTED"

    return take


def test_the_desk_stops_quoting_while_clients_execute() -> None:
    """Neither waits for the other for ever, and what was not executed before the stop never is."""
    dealing = Dealing().open()
    clients = [dealing.world.client(f"Client{number}", USD="10000.00") for number in range(THREADS - 1)]
    quotes = [dealing.ask(client, "BUY", base="0.01") for client in clients]

    def stop() -> str:
        stop_quotes(market_id=dealing.world.market_id, reason="Wild.", actor=SYSTEM, at=now())
        return "STOPPED"

    works: list[Callable[[], str]] = [
        lambda client=client, quote=quote: str(dealing.execute(client, quote).is_replay)
        for client, quote in zip(clients, quotes, strict=True)
    ]
    came_to = at_once([*works[:7], stop, *works[7:]])

    assert came_to["STOPPED"] == 1
    assert set(came_to) <= {"STOPPED", "False", "QUOTE_WITHDRAWN"}
    assert QuoteExecution.objects.count() == came_to["False"]
    for client, quote in zip(clients, quotes, strict=True):
        if not QuoteExecution.objects.filter(quote=quote).exists():
            with pytest.raises(Refusal, match="QUOTE_WITHDRAWN"):
                dealing.execute(client, quote)
    assert not breaches()
