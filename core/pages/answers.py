"""How a page answers: one view, one template, for the whole page and for the part that htmx asks for."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def asks_for(request: HttpRequest) -> str:
    """The id of the element that htmx will put the answer into; empty when a whole page is wanted."""
    if request.headers.get("HX-Request") != "true":
        return ""
    return request.headers.get("HX-Target", "").partition("#")[2]


def answer(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    parts: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """Render ``template``, or only its partial of the name htmx asked for when that is one of ``parts``.

    The same address gives both, so the browser must keep neither for the other's question.
    """
    part = asks_for(request)
    name = f"{template}#{part}" if part in parts else template
    response = render(request, name, dict(context), status=status)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Cookie, HX-Request, HX-Target"
    return response
