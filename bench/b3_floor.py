"""The floor of B3: a bare WSGI callable that runs the door's two statements in one transaction and decides nothing."""

import json
import os
import pickle
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg
from uuid_utils.compat import uuid7

# Written by the bench: connection, the two statements, the parameters of one order of each side, the answer.
PLAN: dict[str, Any] = pickle.loads(Path(os.environ["BENCH_FLOOR_PLAN"]).read_bytes())
_local = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Reads the body for its client_order_id and side, places an order, answers the same bytes every time."""
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = psycopg.connect(**PLAN["connection"], autocommit=True)
        connection.prepare_threshold = 0
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    values = PLAN["values"][body["side"]] | {"id": uuid7(), "client_order_id": body["client_order_id"]}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(PLAN["context"], PLAN["context_values"] | {"client_order_id": body["client_order_id"]})
        cursor.fetchone()
        cursor.execute(PLAN["place"], values)
        cursor.fetchone()
    answer: bytes = PLAN["answer"]
    start_response("201 Created", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
