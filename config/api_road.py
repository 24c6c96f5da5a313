"""The API's short road: /v1 needs no session, cookie, form token, message or static file, so it does not pass them.

What is left is what every answer carries: the request's id and the transport's rules (before this), the browser's rules
and the limit (here). For an order this saves about a tenth of the whole time.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

from csp.constants import HEADER as CSP_HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.api.limiting import admit_address, rate_of
from config.problems import is_api
from core.api.problem import refusal_answer
from core.api.request_id import request_id_of
from core.domain.refusals import Refusal


def _policy() -> str:
    """The content security policy of the settings, as the middleware of the pages would write it."""
    parts = CSPMiddleware(lambda _request: HttpResponse()).get_policy_parts(HttpRequest(), HttpResponse())
    return str(build_policy(**asdict(parts)))


def _limited(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """``answer`` with its limit. What took no token yet was asked by nobody we know: it counts for its address."""
    if rate_of(request) is None:
        try:
            admit_address(request, bucket="public")
        except Refusal as refusal:
            answer = refusal_answer(refusal, request_id=request_id_of(request))
    rate = rate_of(request)
    if rate is not None:
        rate.write(answer)
    return answer


class ApiRoadMiddleware:
    """Answers /v1 itself, by the view alone; everything else goes on along the road of the pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.pages = get_response
        # A handler without middleware of its own: resolve, call the view, turn what is raised into an answer.
        handler: Any = BaseHandler()
        handler._view_middleware = handler._template_response_middleware = handler._exception_middleware = []

        def respond(request: HttpRequest) -> HttpResponseBase:
            # Refuses a host that is not ours, as the pages' road does.
            request.get_host()
            return cast("HttpResponseBase", handler._get_response(request))

        self.api = convert_exception_to_response(respond)
        self.headers = {CSP_HEADER: _policy(), "X-Frame-Options": settings.X_FRAME_OPTIONS}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request):
            return self.pages(request)
        answer = _limited(request, cast("HttpResponseBase", self.api(request)))
        for name, text in self.headers.items():
            answer.headers.setdefault(name, text)
        if isinstance(answer, HttpResponse) and not answer.has_header("Content-Length"):
            answer.headers["Content-Length"] = str(len(answer.content))
        return answer
