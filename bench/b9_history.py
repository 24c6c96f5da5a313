"""B9: balance and history of a profile with 1,000,000 postings: the queries of the API, page by page at every depth.

Each is asked a hundred times, warm; the figures are the median and the slowest but five. The floor is ``SELECT 1`` on the same
connection: what asking anything costs. What PostgreSQL plans for each statement is read as well: no part of the postings or
entries is scanned. The whole answers of the API and the account's page of the desk are asked in the same process, with everything
but the network.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.operations.issue_token import issue_token
from bench.history_seed import make_history
from core.clock import now
from settlement.models import LedgerAccount, Posting
from settlement.queries.balances import balance_views, list_client_accounts
from settlement.queries.profile_postings import PostingsWish, list_profile_postings
from tests.desk import a_person, signed_in

POSTINGS, TIMES, PAGE = 1_000_000, 100, 100
BALANCE_MILLIS, PAGE_MILLIS, DESK_MILLIS = 5, 20, 100
LARGE = ("settlement_posting", "settlement_entry")


def run(*, seed: int, scale: float = 1.0) -> dict[str, object]:
    """Measure in the database that the settings name, which has to be empty but for its schema and rights."""
    settings.ALLOWED_HOSTS = ["*"]
    desk = make_history(int(POSTINGS * scale))
    profile = desk.profiles[0]
    reads: dict[str, tuple[Callable[[], Any], int]] = {
        "balances": (lambda: balance_views(list_client_accounts(profile_id=profile)), BALANCE_MILLIS)
    }
    for name, after, is_ascending in _depths():
        reads[f"page, {name}"] = (_page(profile, after, is_ascending), PAGE_MILLIS)
    reads["page, newest of one asset"] = (_page(profile, None, False, ["BTC"]), PAGE_MILLIS)
    token = issue_token(credential_id=desk.credential.credential_id, scopes=["profiles:read"], at=now()).access_token
    reads["GET /v1/profiles/{id}/balances"] = (_api(f"/v1/profiles/{profile}/balances", token), PAGE_MILLIS)
    reads["GET /v1/profiles/{id}/postings"] = (_api(f"/v1/profiles/{profile}/postings?limit=100", token), PAGE_MILLIS)
    account = LedgerAccount.objects.get(profile_id=profile, asset__code="USD")
    for name, after, _ in _depths()[:4]:
        address = f"/ops/ledger/{account.pk}" + (f"?after={after}" if after else "")
        reads[f"account on the desk, {name}"] = (_desk(address), DESK_MILLIS)
    figures = {name: _times(read) for name, (read, _) in reads.items()}
    floor = _times(_nothing)
    return {
        "name": "B9",
        "seed": seed,
        "postings": Posting.objects.count(),
        "floor_millis": floor,
        "millis": figures,
        "scans": {name: found for name, (read, _) in reads.items() if (found := _scans(read))},
        "shown": [(f"{name}, p95", figures[name]["p95"], most, "ms") for name, (_, most) in reads.items()],
    }


def _depths() -> list[tuple[str, int | None, bool]]:
    low, high = Posting.objects.order_by("pk").first().pk, Posting.objects.order_by("-pk").first().pk

    def at(share: float) -> int:
        return int(low + (high - low) * share)

    return [
        ("newest", None, False), ("1 % down", at(0.99), False), ("half down", at(0.5), False),
        ("99 % down", at(0.01), False), ("oldest first", None, True), ("half up", at(0.5), True),
    ]  # fmt: skip


def _page(profile: UUID, after: int | None, is_ascending: bool, assets: list[str] | None = None) -> Callable[[], Any]:
    # Seconds ahead, so that the page of the oldest is not cut at what may not be settled yet.
    wish = PostingsWish(PAGE + 1, is_ascending, after, assets, now() + timedelta(hours=1))

    def read() -> Any:
        rows = list_profile_postings(profile_id=profile, wish=wish)
        assert rows, "a page without rows measures nothing"
        return rows

    return read


def _api(address: str, token: str) -> Callable[[], Any]:
    client = Client()
    return lambda: _sound(client.get(address, headers={"Authorization": f"Bearer {token}"}))


def _desk(address: str) -> Callable[[], Any]:
    client = signed_in(a_person())
    return lambda: _sound(client.get(address))


def _sound(answer: Any) -> Any:
    if answer.status_code == 429:
        time.sleep(float(answer["Retry-After"]))
    elif answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}: {answer.content[:300]!r}")
    return answer


def _nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _times(read: Callable[[], Any]) -> dict[str, float]:
    for _ in range(5):
        read()
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        read()
        spent.append((time.perf_counter() - began) * 1_000)
    spent.sort()
    return {"median": round(statistics.median(spent), 3), "p95": round(spent[int(TIMES * 0.95)], 3)}


def _scans(read: Callable[[], Any]) -> list[str]:
    """The large tables that one of the statements of ``read`` would go through from end to end."""
    asked: list[tuple[str, Any]] = []
    with _listening(asked):
        read()
    found = set()
    for statement, parameters in asked:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and any(name in statement for name in LARGE):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                (plan,) = cursor.fetchone()
            found |= set(_seq_scans(plan if isinstance(plan, list) else json.loads(plan)))
    return sorted(found)


@contextmanager
def _listening(asked: list[tuple[str, Any]]) -> Iterator[None]:
    def listen(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(listen):
        yield


def _seq_scans(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _seq_scans(each)
    elif isinstance(node, dict):
        relation = str(node.get("Relation Name", ""))
        # Of parts without rows, of the months to come, a scan is nothing.
        if node.get("Node Type") == "Seq Scan" and relation.startswith(LARGE) and node["Plan Rows"] > 1_000:
            yield relation
        for value in node.values():
            if isinstance(value, (dict, list)):
                yield from _seq_scans(value)
