"""My account: where I am signed in, and my second factors."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.contracts import NewFactor
from accounts.domain.secrets import secret_sha256
from accounts.models import StaffUser
from accounts.operations.change_password import change_password
from accounts.operations.end_sessions import end_sessions
from accounts.operations.enrol_factor import enrol_factor
from accounts.operations.remove_factor import remove_factor
from accounts.operations.renew_recovery_codes import renew_recovery_codes
from accounts.pages.entering import NEW_SECRET
from accounts.pages.invitation import describe_secret, new_secret_of
from accounts.pages.passkeys import made_passkey
from accounts.queries.sessions import list_good_sessions
from accounts.queries.staff import count_recovery_codes, list_factors
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.domain.tones import word_of
from core.pages.access import actor_of, person_id, staff_page
from core.pages.answers import answer


@require_GET
@never_cache
@staff_page
def show_me(request: HttpRequest) -> HttpResponse:
    """Sessions, second factors and recovery codes of who is signed in."""
    mine = person_id(request)
    context = {
        "sessions": list_good_sessions(at=clock.now()).filter(staff_id=mine)[:100],
        "here": secret_sha256(request.session.session_key or ""),
        "factors": list_factors(mine),
        "recovery_codes": count_recovery_codes(mine),
        "roles": [
            word_of(name)
            for name in _me(request).grants.filter(ended_at__isnull=True).values_list("role__name", flat=True)
        ],
    }
    return answer(request, "ops/accounts/me.html", context)


@require_POST
@staff_page
def end_mine(request: HttpRequest) -> HttpResponse:
    """End one of my sessions, or all but this one."""
    here = secret_sha256(request.session.session_key or "")
    only = request.POST.get("session") or None
    ended = end_sessions(
        staff_id=person_id(request), actor=actor_of(request), at=clock.now(), only=only, but=None if only else here
    )
    messages.success(request, f"Ended {ended} session{'s' if ended != 1 else ''}.", "ok")
    return HttpResponseRedirect(reverse("ops:sessions"))


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(step_up=True)
def enrol_app(request: HttpRequest) -> HttpResponse:
    """An authenticator app, in place of the one before."""
    error = ""
    if request.method == "POST":
        factor = NewFactor(totp_secret=new_secret_of(request), totp_code=request.POST.get("code", "")[:20])
        try:
            enrol_factor(staff_id=person_id(request), factor=factor, actor=actor_of(request), at=clock.now())
        except Refusal as refusal:
            error = refusal.detail
        else:
            del request.session[NEW_SECRET]
            messages.success(request, "The app is enrolled. Codes of an app before it open nothing any more.", "ok")
            return HttpResponseRedirect(reverse("ops:sessions"))
    context = {"secret": describe_secret(new_secret_of(request), _me(request).email), "error": error}
    return answer(request, "ops/accounts/enrol_app.html", context, status=422 if error else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(step_up=True)
def enrol_passkey(request: HttpRequest) -> HttpResponse:
    """A passkey beside what there is."""
    error = ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:60]
        try:
            made = made_passkey(request, request.POST.get("credential", ""), _me(request))
            factor = NewFactor(passkey=made, passkey_name=name)
            enrol_factor(staff_id=person_id(request), factor=factor, actor=actor_of(request), at=clock.now())
        except Refusal as refusal:
            error = refusal.detail
        else:
            messages.success(request, "The passkey is enrolled.", "ok")
            return HttpResponseRedirect(reverse("ops:sessions"))
    return answer(request, "ops/accounts/enrol_passkey.html", {"error": error}, status=422 if error else 200)


@require_POST
@staff_page(step_up=True)
def drop_factor(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Remove one of my factors."""
    try:
        remove_factor(staff_id=person_id(request), factor_id=factor_id, actor=actor_of(request), at=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, f"Not removed: {refusal.detail}", "bad")
    else:
        messages.success(request, "Removed.", "ok")
    return HttpResponseRedirect(reverse("ops:sessions"))


@never_cache
@require_POST
@staff_page(step_up=True)
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes; they are on this answer and nowhere else."""
    codes = renew_recovery_codes(staff_id=person_id(request), actor=actor_of(request), at=clock.now())
    return render(request, "ops/accounts/recovery_codes.html", {"codes": codes, "is_first": False})


class PasswordForm(forms.Form):
    """A new password; that it is oneself, the second factor says."""

    password = forms.CharField(
        max_length=200,
        label="New password",
        help_text=" ".join(password_validators_help_texts()),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(step_up=True)
def set_password(request: HttpRequest) -> HttpResponse:
    """Another password; my other sessions end."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        here = secret_sha256(request.session.session_key or "")
        try:
            changed = change_password(
                staff_id=person_id(request),
                password=form.cleaned_data["password"],
                keep_session=here,
                actor=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("password", refusal.detail)
        else:
            update_session_auth_hash(request, changed)
            messages.success(request, "The password is changed; other sessions have ended.", "ok")
            return HttpResponseRedirect(reverse("ops:sessions"))
    return answer(request, "ops/accounts/password.html", {"form": form}, status=422 if form.is_bound else 200)


def _me(request: HttpRequest) -> StaffUser:
    return cast(StaffUser, request.user)
