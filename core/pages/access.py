"""Who may see a page: signed-in staff who used a second factor, and hold the permission that the page asks for.

A part of a page that htmx asks for is refused, not led to another page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, overload
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.module_loading import import_string

from core import clock
from core.api.request_id import request_id_of
from core.domain.refusals import NotFound
from core.operations.record_audit import Actor

View = Callable[..., HttpResponseBase]

# What a session of ours knows: when it began, and when its person last used a second factor (a password is none).
SIGNED_IN_AT = "signed_in_at"
FACTOR_AT = "factor_at"
LONGEST_SESSION_HOURS = 12
FRESH_FACTOR_SECONDS = 300


@overload
def staff_page(view: View) -> View: ...


@overload
def staff_page(*, permission: str = "", step_up: bool = False) -> Callable[[View], View]: ...


def staff_page(
    view: View | None = None, *, permission: str = "", step_up: bool = False
) -> View | Callable[[View], View]:
    """Let an active member of staff in; lead anyone else to the sign-in page, or answer a script with 401.

    A session ends after ``LONGEST_SESSION_HOURS``, when it has been idle (a setting), or with its person's
    status. Who lacks ``permission`` finds no such page (404). With ``step_up`` a second factor must have been used within
    ``FRESH_FACTOR_SECONDS``; otherwise it is asked for first (SECOND_FACTOR_NEEDED).
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not is_let_in(request):
                return _lead_to_sign_in(request)
            if permission and not has_permission(request, permission):
                raise Http404
            if step_up and not has_fresh_factor(request):
                return _ask_for_factor(request)
            try:
                return view(request, *args, **kwargs)
            except NotFound as error:
                raise Http404(error.detail) from error

        return guarded

    return guard if view is None else guard(view)


def is_let_in(request: HttpRequest) -> bool:
    """Whether the request is of an active person whose session used a second factor and has not lasted too long."""
    if not (request.user.is_authenticated and request.user.is_active):
        return False
    if FACTOR_AT in request.session and not _is_over(request):
        return True
    logout(request)
    return False


def has_permission(request: HttpRequest, permission: str) -> bool:
    """Whether the person of the request holds ``permission`` by a role."""
    person: Any = request.user
    return bool(person.is_authenticated and person.has_permission(permission))


def has_fresh_factor(request: HttpRequest) -> bool:
    """Whether this session's person used a second factor within ``FRESH_FACTOR_SECONDS``."""
    last = request.session.get(FACTOR_AT)
    return last is not None and clock.now() - datetime.fromisoformat(last) <= timedelta(seconds=FRESH_FACTOR_SECONDS)


def _lead_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request") == "true":
        return HttpResponse("You are signed out.", status=401, content_type="text/plain")
    address = request.get_full_path() if request.method == "GET" else ""
    query = f"?{urlencode({'next': address})}" if address else ""
    return HttpResponseRedirect(f"{settings.LOGIN_URL}{query}")


def _ask_for_factor(request: HttpRequest) -> HttpResponseBase:
    ask: Callable[[HttpRequest], HttpResponseBase] = import_string(settings.STEP_UP_VIEW)
    return ask(request)


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
