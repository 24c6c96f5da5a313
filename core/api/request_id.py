"""Every request has an id: the caller's own, if it is plain, or a fresh one. It is in answers, problems, logs
and audit.
"""

import re
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase

from core.ids import new_id

HEADER = "X-Request-ID"
_PLAIN = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z", re.ASCII)


def request_id_of(request: HttpRequest) -> str:
    """The id of ``request``; a request that never met the middleware is given one now."""
    known = getattr(request, "request_id", None)
    if known is None:
        known = str(new_id())
        request.request_id = known  # type: ignore[attr-defined]
    return str(known)


class RequestIdMiddleware:
    """Names the request before anything else looks at it and sends the name back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get(HEADER, "")
        request_id = sent if _PLAIN.match(sent) else str(new_id())
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            answer = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        answer[HEADER] = request_id
        return answer
