"""How the API says no: problem details for HTTP APIs (RFC 9457)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse

from core.domain.refusals import FieldError, Refusal

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:countinghouse:problem:"


def problem_answer(
    code: str,
    status: int,
    *,
    request_id: str,
    detail: str = "",
    errors: Iterable[FieldError] = (),
    meta: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """One problem as an answer. ``meta`` holds strings, booleans, null, lists and dictionaries of these."""
    refusal = Refusal(code, detail, meta=meta, errors=tuple(errors), status=status)
    body = problem_value(refusal, request_id=request_id)
    answer = HttpResponse(
        json.dumps(body, separators=(",", ":"), default=str).encode(), status=status, content_type=MEDIA_TYPE
    )
    answer["Cache-Control"] = "no-store"
    return answer


def problem_value(refusal: Refusal, *, request_id: str) -> dict[str, Any]:
    """A refusal as every answer spells it, also one of many within an answer."""
    title = refusal.code.replace("_", " ").capitalize()
    return {
        "type": f"{TYPE_PREFIX}{refusal.code}",
        "title": title,
        "status": refusal.status,
        "detail": refusal.detail or f"{title}.",
        "code": refusal.code,
        "errors": [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in refusal.errors],
        "meta": refusal.meta,
        "request_id": request_id,
    }


def refusal_answer(refusal: Refusal, *, request_id: str) -> HttpResponse:
    """A refusal as an answer, with the headers its status asks for."""
    answer = problem_answer(
        refusal.code,
        refusal.status,
        request_id=request_id,
        detail=refusal.detail,
        errors=refusal.errors,
        meta=refusal.meta,
    )
    if refusal.status == 401:
        error = (
            "" if refusal.code == "TOKEN_MISSING" or refusal.code.startswith("SIGNATURE") else ', error="invalid_token"'
        )
        answer["WWW-Authenticate"] = f'Bearer realm="countinghouse"{error}'
    elif refusal.status == 403 and refusal.code == "SCOPE_MISSING":
        scope = refusal.meta.get("scope", "")
        answer["WWW-Authenticate"] = f'Bearer realm="countinghouse", error="insufficient_scope", scope="{scope}"'
    elif refusal.code in {"REQUEST_IN_PROGRESS", "UNAVAILABLE"}:
        answer["Retry-After"] = "1"
    elif refusal.code == "RATE_LIMITED":
        answer["Retry-After"] = refusal.meta["retry_after_seconds"]
    return answer
