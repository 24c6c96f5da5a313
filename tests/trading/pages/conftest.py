import pytest

from tests.world import Client, World


class Desk(World):
    """A world with a maker and a taker, and orders in every state that an order can be in."""

    def __init__(self) -> None:
        super().__init__()
        self.maker = self.client("Northwind", USD="10000000", BTC="100")
        self.taker = self.client("Halcyon", USD="10000000", BTC="100")

    def trade_once(self, number: int = 0) -> None:
        """A resting sell of 1, half of it taken."""
        self.place(self.maker, f"m{number}", "SELL", "1", "100.00")
        self.place(self.taker, f"t{number}", "BUY", "0.5", "100.00")
        self.match()

    def every_state(self) -> None:
        """OPEN with a fill, FILLED, EXPIRED, CANCELLED, PENDING, and an open one that is being cancelled."""
        self.trade_once()
        self.place(self.taker, "ioc", "BUY", "1", "50.00", time_in_force="IOC")
        self.place(self.taker, "gone", "BUY", "1", "51.00")
        self.match()
        self.cancel(self.order(self.taker, "gone").id)
        self.match()
        self.place(self.taker, "leaving", "BUY", "1", "52.00")
        self.match()
        self.cancel(self.order(self.taker, "leaving").id)
        self.place(self.taker, "waiting", "BUY", "1", "53.00")

    def many(self, count: int, *, first: int = 0) -> None:
        """So many trades, each with its own two orders."""
        for number in range(first, first + count):
            self.place(self.maker, f"m{number}", "SELL", "0.01", "100.00")
            self.place(self.taker, f"t{number}", "BUY", "0.01", "100.00")
        while self.match().is_full:
            pass

    def client_named(self, name: str) -> Client:
        return self.client(name, USD="1000000", BTC="10")


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return Desk()
