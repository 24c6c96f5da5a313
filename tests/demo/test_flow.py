"""The simulated clients trade over real HTTP, carry on when the house is away, and never do the same thing twice."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from accounts.models import Profile
from config.demo.flow.loop import Flow
from config.demo.flow.rest import NoAnswer, RestClient
from config.demo.sheet import ClientSheet, DemoSheet
from config.demo.world import build_world
from core.clock import now
from trading.models import Instruction, Market, Order
from trading.operations.match_market import forget_books, match_market

SHEET = ClientSheet("client", "secret", "profile", "Somebody", "TAKER", "somebody")


@pytest.mark.django_db(transaction=True)
def test_clients_place_and_cancel_over_http(live_server) -> None:
    forget_books()
    world = build_world(known=DemoSheet(), at=now())
    said: list[str] = []
    flow = Flow(sheet=world.sheet, base_url=live_server.url, rate=200.0, seed=7, say=said.append)
    flow.run(actions=60)
    for market in Market.objects.all():
        match_market(market_id=market.pk, at=now())
    # They look again, see what rests, and cancel some of it.
    flow.run(actions=60)
    assert flow.counts["failed"] == 0, said
    assert flow.counts["placed"] == Order.objects.count() > 30
    assert flow.counts["cancelled"] == Instruction.objects.filter(kind="CANCEL").count() > 0
    visitor = Profile.objects.get(pk=world.sheet.visitor.profile_id)
    assert not Order.objects.filter(profile=visitor).exists()
    assert {order.type for order in Order.objects.all()} == {"LIMIT", "MARKET"}


class _Moody(BaseHTTPRequestHandler):
    """A house that hangs up, is unavailable, forgets the token, and at last answers."""

    moods = ["hang up", "503", "401", "201"]
    seen: list[tuple[str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/oauth/token":
            self._answer(200, b'{"access_token": "token"}')
            return
        self.seen.append((self.headers["Authorization"], body))
        mood = self.moods.pop(0)
        if mood == "hang up":
            self.close_connection = True
            self.connection.close()
            return
        self._answer(int(mood), b'{"id": "1"}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_a_lost_answer_is_asked_for_again_with_the_same_body() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Moody)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    counts: Counter[str] = Counter()
    client = RestClient(f"http://127.0.0.1:{server.server_port}", SHEET, stop=threading.Event(), counts=counts)
    answer = client.post("/v1/orders", {"client_order_id": "a-1"})
    server.shutdown()
    server.server_close()
    assert answer.status == 201
    assert counts["sent again"] == 3
    assert {body for _, body in _Moody.seen} == {b'{"client_order_id": "a-1"}'}
    assert len(_Moody.seen) == 4


def test_who_is_told_to_stop_does_not_wait_for_a_house_that_is_away() -> None:
    stop = threading.Event()
    stop.set()
    client = RestClient("http://127.0.0.1:9", SHEET, stop=stop, counts=Counter())
    with pytest.raises(NoAnswer):
        client.get("/v1/markets")
