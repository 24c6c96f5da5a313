"""One of the processes of B8: for each line of its input it posts for some seconds, as the product does or bare; says how often.

The product's way is ``post_entry`` in a transaction, as every operation uses it. The floor's way sends with bare psycopg what it
takes to write the same rows, prepared, in one transaction: an entry, a posting, two balances. It reads and decides nothing.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

AMOUNT = Decimal("0.01")
ENTRY = """
INSERT INTO settlement_entry (id, kind, event_at, business_date, source_type, source_id, group_id, narrative)
VALUES (%s, 'INTERNAL_TRANSFER', %s, %s, 'bench', %s, %s, '')
"""
POSTING = """
INSERT INTO settlement_posting (entry_id, source_id, destination_id, asset_id, amount) VALUES (%s, %s, %s, %s, %s)
"""
BALANCE = "UPDATE settlement_ledgeraccount SET balance = balance + %s WHERE id = %s"
Pair = tuple[UUID, UUID]


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    asset, accounts = UUID(plan["asset"]), [UUID(each) for each in plan["accounts"]]
    rng = random.Random(plan["seed"])
    ways = {"product": _product(asset), "floor": _floor(asset, plan["connection"])}
    print("ready", flush=True)
    for line in sys.stdin:
        way, seconds = line.split()
        print(_run(ways[way], accounts, rng, float(seconds)), flush=True)


def _run(post: Callable[[Pair], None], accounts: list[UUID], rng: random.Random, seconds: float) -> int:
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        source, destination = rng.sample(accounts, 2)
        post((source, destination))
        count += 1
    return count


def _product(asset: UUID) -> Callable[[Pair], None]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import transaction

    from core.clock import now
    from settlement.operations.post_entry import Move, post_entry

    def post(pair: Pair) -> None:
        with transaction.atomic(durable=True):
            post_entry(
                kind="INTERNAL_TRANSFER",
                source_type="bench",
                source_id=uuid4(),
                event_at=now(),
                moves=[Move(*pair, asset, AMOUNT)],
                actor_id=None,
            )

    return post


def _floor(asset: UUID, wanted: dict[str, Any]) -> Callable[[Pair], None]:
    import psycopg

    from core.clock import now
    from core.ids import new_id

    connection = psycopg.connect(**wanted, autocommit=True)
    connection.prepare_threshold = 0

    def post(pair: Pair) -> None:
        at: datetime = now()
        entry, source = new_id(), uuid4()
        # In the order of their ids, so that two never wait for each other in a circle; sent in one go.
        changes = [(change, key) for key, change in sorted([(pair[0], -AMOUNT), (pair[1], AMOUNT)])]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(ENTRY, [entry, at, at.date(), source, source])
            cursor.execute(POSTING, [entry, pair[0], pair[1], asset, AMOUNT])
            cursor.executemany(BALANCE, changes)

    return post


if __name__ == "__main__":
    main()
