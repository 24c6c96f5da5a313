"""No text of a page holds U+0000: PostgreSQL keeps it nowhere, so nobody can have meant anything by it."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase


class PlainTextMiddleware:
    """Refuses (400) a query or form with such a character, for every page, before anything is asked of the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_args: Any) -> None:
        """The form was read by then, to look for its token."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("a query with U+0000")
        if request.method == "POST" and any("\x00" in text for _, texts in request.POST.lists() for text in texts):
            raise BadRequest("a form with U+0000")
