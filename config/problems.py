"""Every way of saying no, mapped to its HTTP answer: refusals, the framework's own errors, and bugs."""

import logging
import sys
from typing import Any

from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults
from rest_framework import exceptions

from core.api.problem import problem_answer, refusal_answer
from core.api.request_id import request_id_of
from core.domain.refusals import NotFound, Refusal

log = logging.getLogger(__name__)

# What the framework itself refuses, before or beside our own code.
_FRAMEWORK_CODES = {
    400: "REQUEST_INVALID",
    401: "TOKEN_MISSING",
    403: "SCOPE_MISSING",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "BODY_TOO_LARGE",
    415: "MEDIA_TYPE_NOT_SUPPORTED",
}


def answer_exception(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler. ``None`` for a bug, which goes on to ``handler500`` and the log."""
    request_id = request_id_of(context["request"]._request)
    refusal = _refusal_of(error)
    if refusal is None:
        return None
    answer = refusal_answer(refusal, request_id=request_id)
    if isinstance(error, exceptions.MethodNotAllowed):
        answer["Allow"] = ", ".join(context["view"].allowed_methods)
    return answer


def _refusal_of(error: Exception) -> Refusal | None:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Http404):
        return NotFound("thing")
    if isinstance(error, exceptions.APIException):
        code = _FRAMEWORK_CODES.get(error.status_code)
        return Refusal(code, str(error.detail), status=error.status_code) if code else None
    if isinstance(error, (OperationalError, InterfaceError)):
        # The database is away, busy or slow: nothing was decided, and asking again is safe by the caller's
        # own id.
        log.warning("database unavailable: %s", (str(error) or repr(error)).splitlines()[0])
        return Refusal("UNAVAILABLE", "The service cannot answer now. Try again.", status=503)
    if isinstance(error, (SuspiciousOperation, DisallowedHost)):
        return Refusal("REQUEST_INVALID", "The request is not valid.", status=400)
    return None


def is_api(request: HttpRequest) -> bool:
    """Whether the request came to the API's doors, whose answers are never pages."""
    return request.path.startswith("/v1/") or request.path == "/v1"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``."""
    if is_api(request):
        return problem_answer("REQUEST_INVALID", 400, request_id=request_id_of(request))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``: with the words that a foreign thing is answered with."""
    if is_api(request):
        return refusal_answer(NotFound("thing"), request_id=request_id_of(request))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``: the request's id and nothing of what went wrong, which is in the log."""
    if is_api(request):
        return problem_answer(
            "INTERNAL",
            500,
            request_id=request_id_of(request),
            detail="Something failed. It has been recorded.",
        )
    error = sys.exception()
    if isinstance(error, (OperationalError, InterfaceError)) or getattr(error, "code", "") == "UNAVAILABLE":
        return _not_available()
    return defaults.server_error(request)


def _not_available() -> HttpResponse:
    """The database is away or too slow for this page: nothing was decided, and the page may be asked for again."""
    return HttpResponse(loader.render_to_string("503.html"), status=503, headers={"Retry-After": "3"})
