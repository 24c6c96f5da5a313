"""Who may see a page: signed-in staff. A part of a page that htmx asks for is refused, not led to another
page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from core import clock
from core.api.request_id import request_id_of
from core.domain.refusals import NotFound
from core.operations.record_audit import Actor

View = Callable[..., HttpResponseBase]

SIGNED_IN_AT = "signed_in_at"
LONGEST_SESSION_HOURS = 12


def staff_page(view: View) -> View:
    """Let an active member of staff in; lead anyone else to the sign-in page, or answer a script with 401.

    A session ends after ``LONGEST_SESSION_HOURS``, when it has been idle (a setting), or with its person's
    status.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_active:
            if not _is_over(request):
                return _see(view, request, *args, **kwargs)
            logout(request)
        if request.headers.get("HX-Request") == "true":
            return HttpResponse("You are signed out.", status=401, content_type="text/plain")
        address = request.get_full_path() if request.method == "GET" else ""
        query = f"?{urlencode({'next': address})}" if address else ""
        return HttpResponseRedirect(f"{settings.LOGIN_URL}{query}")

    return guarded


def _see(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        return view(request, *args, **kwargs)
    except NotFound as error:
        raise Http404(error.detail) from error


def person_id(request: HttpRequest) -> UUID:
    """The id of the person whom ``staff_page`` let in."""
    if request.user.pk is None:
        raise PermissionError("nobody is signed in")
    return UUID(str(request.user.pk))


def _is_over(request: HttpRequest) -> bool:
    """Whether the session has lasted its longest, however busy it is."""
    since = request.session.get(SIGNED_IN_AT)
    return since is not None and clock.now() - datetime.fromisoformat(since) > timedelta(hours=LONGEST_SESSION_HOURS)


def actor_of(request: HttpRequest) -> Actor:
    """The person as the record names them: who, from where, by which request."""
    return Actor(
        "PERSON", person_id(request), request_id=request_id_of(request), source_ip=request.META.get("REMOTE_ADDR")
    )
