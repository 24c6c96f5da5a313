"""Signing in and out of the back office: a password and then a second factor, or a passkey alone."""

import logging

from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.secrets import secret_sha256
from accounts.models import StaffUser
from accounts.operations.admit_sign_in import admit_sign_in
from accounts.operations.prove_code import prove_code
from accounts.operations.use_passkey import PASSKEY
from accounts.pages.entering import PENDING_NEXT, actor_for, address_of, enter, pending_person, wait_for_factor
from accounts.pages.passkeys import used_passkey
from accounts.queries.staff import has_passkey
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import is_let_in

log = logging.getLogger(__name__)

# The same words whether the person is unknown, the password wrong or the person suspended: nobody learns who
# works here.
WRONG = "E-mail or password is wrong, or this person may not sign in."
PAGE, FACTOR_PAGE = "ops/sign_in.html", "ops/accounts/second_factor.html"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form. A right e-mail and password lead to the second factor, a passkey straight to the page that was asked for."""
    to = own_address(request.POST.get("next", request.GET.get("next", "")))
    if request.method != "POST":
        return HttpResponseRedirect(to) if is_let_in(request) else render(request, PAGE, {"next": to})
    if request.POST.get("credential"):
        return _enter_by_passkey(request, None, to)
    email, password = request.POST.get("email", "")[:254], request.POST.get("password", "")[:200]
    try:
        admit_sign_in(email=email, address=address_of(request), at=clock.now())
    except Refusal as refusal:
        return _refuse(request, refusal.detail, email, to, refusal.status)
    user = authenticate(request, username=email.strip().lower(), password=password)
    if not isinstance(user, StaffUser):
        # Nobody is known to have tried, so there is no audit entry: a name in it would be what somebody typed.
        hashed = secret_sha256(email.strip().lower())[:16]
        log.warning("sign-in refused: password, e-mail sha256 %s, address %s", hashed, address_of(request))
        return _refuse(request, WRONG, email, to, 422)
    wait_for_factor(request, user, to)
    return HttpResponseRedirect(reverse("ops:sign-in-factor"))


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_factor(request: HttpRequest) -> HttpResponse:
    """The second half: a code, a recovery code or a passkey of the person whose password was right."""
    person = pending_person(request)
    if person is None:
        return HttpResponseRedirect(reverse("ops:sign-in"))
    to = own_address(request.session.get(PENDING_NEXT, ""))
    if request.method != "POST":
        return render(request, FACTOR_PAGE, _factor_context(person))
    if request.POST.get("credential"):
        return _enter_by_passkey(request, person, to)
    try:
        kind = prove_code(
            staff_id=person.pk,
            code=request.POST.get("code", "")[:20],
            actor=actor_for(request, person.pk),
            at=clock.now(),
        )
    except Refusal as refusal:
        context = _factor_context(person) | {"refusal": refusal.detail}
        return render(request, FACTOR_PAGE, context, status=refusal.status)
    enter(request, person, kind)
    return HttpResponseRedirect(to)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; its sockets close within seconds."""
    logout(request)
    return HttpResponseRedirect(reverse("ops:sign-in"))


def own_address(to: str) -> str:
    """``to`` if it is an address of ours, else the first page."""
    return to if to and url_has_allowed_host_and_scheme(to, allowed_hosts=None) else reverse("ops:home")


def _enter_by_passkey(request: HttpRequest, person: StaffUser | None, to: str) -> HttpResponse:
    try:
        person = used_passkey(request, request.POST["credential"], person)
    except Refusal as refusal:
        if person is None and refusal.status != 429:
            log.warning("sign-in refused: passkey alone, address %s", address_of(request))
        page, context = (FACTOR_PAGE, _factor_context(person)) if person else (PAGE, {"next": to})
        return render(request, page, context | {"refusal": refusal.detail}, status=refusal.status)
    enter(request, person, PASSKEY)
    return HttpResponseRedirect(to)


def _factor_context(person: StaffUser) -> dict[str, object]:
    return {"has_passkey": has_passkey(person.pk)}


def _refuse(request: HttpRequest, words: str, email: str, to: str, status: int) -> HttpResponse:
    return render(request, PAGE, {"refusal": words, "email": email, "next": to}, status=status)
