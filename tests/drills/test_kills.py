"""Matcher and PostgreSQL are killed under load: nothing acknowledged is lost or doubled, and it comes back by itself."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from config.demo.sheet import read_sheet
from tests.config.places import open_place
from tests.drills.client import DrillClient
from tests.drills.oracle import Knowledge, Oracle, faults, read
from tests.drills.running_stack import RunningStack

pytestmark = pytest.mark.drill

CLIENTS = 4
# Kills of the matcher's pool process, of its main process, of PostgreSQL; the seed draws their order and the pauses between.
KILLS = tuple(os.environ.get("DRILL_KILLS", "pool matcher matcher postgres postgres").split())
SEED = int(os.environ.get("SEED", "20260302"))
# How long a recovery may take is judged where the machine is ours (DRILL_RECOVERY_S=10); elsewhere only hangs are.
HANG_S = 60.0
RECOVERY_S = float(os.environ.get("DRILL_RECOVERY_S", HANG_S))

STORED = "SELECT client_order_id, id::text FROM trading_order WHERE client_order_id LIKE 'drill-%'"
PENDING = "SELECT count(*) FROM trading_instruction WHERE status = 'PENDING'"
MATCHED_AT = "SELECT COALESCE(max(position), 0) FROM trading_market WHERE symbol = 'BTC-USD'"
WRONGLY_INSTRUCTED = """
SELECT o.client_order_id, count(i.id) FROM trading_order o
LEFT JOIN trading_instruction i ON i.order_id = o.id AND i.kind = 'PLACE'
GROUP BY o.client_order_id HAVING count(i.id) <> 1
"""
GAPS = """
SELECT m.symbol, m.sequence, count(e.id), count(DISTINCT e.sequence) FROM trading_market m
LEFT JOIN trading_orderevent e ON e.market_id = m.id GROUP BY m.symbol, m.sequence
HAVING count(e.id) <> m.sequence OR count(DISTINCT e.sequence) <> m.sequence
"""


@pytest.fixture
def stack() -> Iterator[RunningStack]:
    with open_place() as place:
        running = RunningStack(place / "state")
        try:
            running.wait_until_ready()
            made = running.manage("demo")
            assert made.returncode == 0, made.stdout + made.stderr
            yield running
        finally:
            running.stop()


def test_kills_lose_nothing_and_double_nothing(stack: RunningStack, tmp_path: Path) -> None:
    clients = _start_clients(stack, tmp_path)
    recoveries = _kill_all(stack, clients, random.Random(SEED))
    _stop_clients(clients)
    paths = [client.path for client in clients]
    before = read(paths)
    assert faults(before, stack.rows(STORED)) == []
    _ask_for_the_unknown(clients, before)
    knowledge = read(paths)
    assert knowledge.unknown == []
    stack.wait_for(lambda: stack.rows(PENDING) == [(0,)], "all is matched", HANG_S)
    assert faults(knowledge, stack.rows(STORED)) == []
    assert stack.rows(WRONGLY_INSTRUCTED) == []
    assert stack.rows(GAPS) == []
    verified = stack.manage("verify", "--full")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    statuses = sum((client.statuses for client in clients), start=type(clients[0].statuses)())
    assert statuses[500] == 0
    assert len(knowledge.acknowledged) > 10 * len(KILLS)
    print(f"\nseed {SEED}: {len(knowledge.acknowledged)} acknowledged, {len(before.unknown)} unknown, {dict(statuses)}")
    print("orders taken and matched again after:", ", ".join(f"{n} {o:.1f} and {m:.1f} s" for n, o, m in recoveries))
    assert max(matched for _, _, matched in recoveries) <= RECOVERY_S
    assert stack.stop() == 0


def _start_clients(stack: RunningStack, tmp_path: Path) -> list[DrillClient]:
    takers = [client for client in read_sheet(stack.state).clients if client.role == "TAKER"][:CLIENTS]
    clients = [
        DrillClient(stack.base_url, sheet, tmp_path / f"oracle-{sheet.reference}", SEED + number)
        for number, sheet in enumerate(takers)
    ]
    for client in clients:
        client.start()
    stack.wait_for(lambda: all(client.last_done for client in clients), "every client trades", 30)
    stack.wait_for(lambda: stack.rows(MATCHED_AT)[0][0] > 20, "the matcher matches", 30)
    return clients


def _kill_all(stack: RunningStack, clients: list[DrillClient], rng: random.Random) -> list[tuple[str, float, float]]:
    kills = list(KILLS)
    rng.shuffle(kills)
    recoveries = []
    for name in kills:
        time.sleep(rng.uniform(0.5, 2.0))
        killed_at = time.monotonic()
        kill: Callable[[], int] = stack.kill_pool_child if name == "pool" else lambda name=name: stack.kill(name)
        kill()
        # It has recovered when an order sent after the kill is taken, and one taken after that is matched.
        taken = stack.wait_for(
            lambda at=killed_at: any(c.last_done > at for c in clients), f"orders after {name}", HANG_S
        )
        mark = _when_back(stack, "SELECT COALESCE(max(id), 0) FROM trading_instruction")
        stack.wait_for(lambda mark=mark: _is_matched_up_to(stack, mark), f"matching after {name}", HANG_S)
        recoveries.append((name, taken, time.monotonic() - killed_at))
    return recoveries


def _when_back(stack: RunningStack, sql: str) -> int:
    found: list[int] = []

    def asked() -> bool:
        try:
            found.append(stack.rows(sql)[0][0])
        except psycopg.OperationalError:
            return False
        return True

    stack.wait_for(asked, "the database answers", HANG_S)
    return found[-1]


def _is_matched_up_to(stack: RunningStack, instruction_id: int) -> bool:
    waiting = f"SELECT count(*) FROM trading_instruction WHERE status = 'PENDING' AND id <= {instruction_id}"
    return _when_back(stack, waiting) == 0


def _stop_clients(clients: list[DrillClient]) -> None:
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join(30)
        assert not client.is_alive()


def _ask_for_the_unknown(clients: list[DrillClient], knowledge: Knowledge) -> None:
    """Repeat what nobody answered, with the same bodies, until it is answered."""
    by_profile = {client.sheet.profile_id: client for client in clients}
    for key in knowledge.unknown:
        body = knowledge.sent[key]
        client = by_profile[body["profile_id"]]
        deadline = time.monotonic() + HANG_S
        while not (client.has_token() and client.send(key, body)):
            assert time.monotonic() < deadline, f"no answer for {key}"
            time.sleep(0.1)


def test_the_oracle_sees_what_is_lost_doubled_or_invented(tmp_path: Path) -> None:
    oracle = Oracle(tmp_path / "oracle")
    for key in ("kept", "lost", "doubled", "other", "unknown", "refused"):
        oracle.will_send(key, {"client_order_id": key})
    for key in ("kept", "lost", "doubled", "other"):
        oracle.was_acknowledged(key, f"id-{key}")
    oracle.was_refused("refused", "PRICE_OFF_TICK")
    oracle.close()
    knowledge = read([oracle.path])
    assert knowledge.unknown == ["unknown"]
    sound = [("kept", "id-kept"), ("lost", "id-lost"), ("doubled", "id-doubled"), ("other", "id-other")]
    assert faults(knowledge, sound) == []
    assert faults(knowledge, [*sound, ("unknown", "id-unknown")]) == []
    planted = [
        ("kept", "id-kept"), ("doubled", "id-doubled"), ("doubled", "id-again"), ("other", "id-wrong"),
        ("refused", "id-refused"), ("invented", "id-invented"),
    ]  # fmt: skip
    assert sorted(each.split(" ")[0] for each in faults(knowledge, planted)) == [
        "doubled", "lost", "nobody", "other", "refused",
    ]  # fmt: skip
