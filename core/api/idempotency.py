"""The idempotency door: a creating request does its work once, and its answer is given again for ever."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpResponse
from psycopg.errors import LockNotAvailable
from rest_framework.request import Request

from core.api.personal_body import NOTHING_PERSONAL, SHOWN, Personal
from core.api.strict_json import pointer_to
from core.api.view import bytes_answer
from core.domain.refusals import Refusal
from core.models import IdempotentRequest

HEADER = "Idempotency-Key"
WAIT_MILLIS = 1_000
_KEY = re.compile(r"[\x21-\x7e]{1,128}\Z")


@dataclass(frozen=True, slots=True)
class Done:
    """What the work came to: the answer's status and value, and the resource it made.

    ``shown``, where it is given, is the first answer's value and no later one's, and is not kept: a secret.
    """

    status: int
    value: Any
    resource_type: str
    resource_id: UUID
    shown: Any = None


def answer_once(
    request: Request,
    *,
    principal_id: UUID,
    route: str,
    body: Any,
    work: Callable[[], Done],
    personal: Personal = NOTHING_PERSONAL,
) -> HttpResponse:
    """Do ``work`` at most once for this principal, route and ``Idempotency-Key``, and answer with the same
    bytes ever after.

    The key's row is inserted first, in the transaction that the work is done in: it exists exactly when the
    work does, and a refused request leaves its key free. ``work`` therefore joins this transaction: its
    operation opens ``atomic()``, not a durable one. Of what is ``personal`` in the body only keyed hashes are
    kept, and a difference there is told without values; the answer, which is kept as it is, must not hold any.

    Refuses a missing key (400 IDEMPOTENCY_KEY_MISSING), a key of another body (422 IDEMPOTENCY_KEY_REUSED with
    the differences), and one whose work still runs (409 REQUEST_IN_PROGRESS).
    """
    key = request.headers.get(HEADER, "")
    if not _KEY.match(key):
        raise Refusal("IDEMPOTENCY_KEY_MISSING", f"{HEADER} is 1 to 128 ASCII characters.", status=400)
    # Hidden first and hashed then: the plain hash of a short personal body would be guessed.
    kept = personal.hide(body)
    row = IdempotentRequest(principal_id=principal_id, route=route, key=key, body_sha256=_sha256(kept), body=kept)
    try:
        with transaction.atomic(durable=True):
            if _is_first(row):
                return _do(row, work)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Refusal("REQUEST_IN_PROGRESS", "The same request is being worked on.", status=409) from None
        raise
    return _answer_again(IdempotentRequest.objects.get(principal_id=principal_id, route=route, key=key), row, personal)


def _is_first(row: IdempotentRequest) -> bool:
    with connection.cursor() as cursor:
        # Whoever inserted the key and has not committed is waited for, a bounded time.
        cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MILLIS}")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _do(row: IdempotentRequest, work: Callable[[], Done]) -> HttpResponse:
    done = work()
    answer = _bytes(done.value)
    row.status_code = done.status
    row.answer = answer
    row.resource_type = done.resource_type
    row.resource_id = done.resource_id
    row.save(update_fields=["status_code", "answer", "resource_type", "resource_id"])
    if done.shown is not None:
        answer = _bytes(done.shown)
    return bytes_answer(answer, done.status)


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _answer_again(stored: IdempotentRequest, sent: IdempotentRequest, personal: Personal) -> HttpResponse:
    if stored.body_sha256 != sent.body_sha256:
        raise Refusal(
            "IDEMPOTENCY_KEY_REUSED",
            "The key was used with another body.",
            meta={"differences": differences(stored.body, sent.body, personal)},
        )
    assert stored.status_code is not None and stored.answer is not None
    return bytes_answer(bytes(stored.answer), stored.status_code, headers={"Idempotent-Replayed": "true"})


def differences(stored: Any, sent: Any, personal: Personal = NOTHING_PERSONAL) -> list[dict[str, Any]]:
    """Where two bodies differ: ``[{pointer, stored, sent}]``; a missing part is null, a personal one ``[personal]``."""
    return list(_differences(stored, sent, "", personal))


def _differences(stored: Any, sent: Any, pointer: str, personal: Personal) -> Iterator[dict[str, Any]]:
    is_open = pointer == "" or personal.has_part(pointer)
    if is_open and isinstance(stored, dict) and isinstance(sent, dict):
        for name in sorted(stored.keys() | sent.keys()):
            if stored.get(name) != sent.get(name) or (name in stored) != (name in sent):
                yield from _differences(stored.get(name), sent.get(name), pointer_to(pointer, name), personal)
        return
    if personal.has_part(pointer):
        stored, sent = (None if value is None else SHOWN for value in (stored, sent))
    yield {"pointer": pointer, "stored": stored, "sent": sent}


def _sha256(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
