"""Who may see a page: signed-in staff. A part of a page that htmx asks for is refused, not led to another
page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

View = Callable[..., HttpResponse]


def staff_page(view: View) -> View:
    """Let an active member of staff in; lead anyone else to the sign-in page, or answer a script with 401."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_active:
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request") == "true":
            return HttpResponse("You are signed out.", status=401, content_type="text/plain")
        address = request.get_full_path() if request.method == "GET" else ""
        query = f"?{urlencode({'next': address})}" if address else ""
        return HttpResponseRedirect(f"{settings.LOGIN_URL}{query}")

    return guarded
