"""Signing in and out of the back office."""

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.operations.admit_sign_in import admit_sign_in
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import FACTOR_AT, SIGNED_IN_AT

# The same words whether the person is unknown, the password wrong or the person suspended: nobody learns who
# works here.
WRONG = "E-mail or password is wrong, or this person may not sign in."


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; with a right e-mail and password a new session and the page that was asked for."""
    to = request.POST.get("next", request.GET.get("next", ""))
    if not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        to = reverse("ops:home")
    if request.user.is_authenticated and request.method != "POST":
        return HttpResponseRedirect(to)
    if request.method != "POST":
        return render(request, "ops/sign_in.html", {"next": to})
    email, password = request.POST.get("email", "")[:254], request.POST.get("password", "")[:200]
    at = clock.now()
    try:
        admit_sign_in(email=email, address=request.META.get("REMOTE_ADDR", ""), at=at)
    except Refusal as refusal:
        return _refuse(request, refusal.detail, email, to, refusal.status)
    user = authenticate(request, username=email.strip().lower(), password=password)
    if user is None:
        return _refuse(request, WRONG, email, to, 422)
    login(request, user)
    request.session[SIGNED_IN_AT] = request.session[FACTOR_AT] = at.isoformat()
    return HttpResponseRedirect(to)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; its sockets close within seconds."""
    logout(request)
    return HttpResponseRedirect(reverse("ops:sign-in"))


def _refuse(request: HttpRequest, words: str, email: str, to: str, status: int) -> HttpResponse:
    return render(request, "ops/sign_in.html", {"refusal": words, "email": email, "next": to}, status=status)
