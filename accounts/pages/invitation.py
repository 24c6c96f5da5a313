"""The first time: an invited person sets a password and enrols a second factor, before any page of the house."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.contracts import NewFactor
from accounts.domain.secrets import secret_sha256
from accounts.gateways.factor_library import PURPOSE, draw_address, make_totp_secret, totp_address
from accounts.gateways.key_store import open_text, seal_text
from accounts.models import StaffInvitation, StaffUser
from accounts.operations.admit_try import admit_try
from accounts.operations.join_staff import join_staff
from accounts.pages.entering import (
    INVITATION,
    NEW_SECRET,
    actor_for,
    address_of,
    enter,
    open_invitation_of,
)
from accounts.pages.passkeys import made_passkey
from core import clock
from core.domain.refusals import Refusal

FIELD_OF_CODE = {"PASSWORD_WEAK": "password", "FACTOR_REFUSED": "code"}


@require_GET
@never_cache
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself. It opens a session for the form and leads there, so that the token leaves the address bar at once."""
    at = clock.now()
    try:
        admit_try(subjects={"address": address_of(request)}, at=at)
    except Refusal as refusal:
        return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain")
    found = StaffInvitation.objects.filter(token_sha256=secret_sha256(token)).first()
    if found is None or not found.is_open(at=at):
        return render(request, "ops/accounts/invitation_over.html", status=404)
    if request.user.is_authenticated:
        # A link signs nobody out: it may be anybody's, and opened by a page that is not ours.
        return render(request, "ops/accounts/invitation_waits.html", status=409)
    request.session.flush()
    request.session[INVITATION] = str(found.pk)
    return HttpResponseRedirect(reverse("ops:join"))


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Password and second factor in one form; sent, the person is active and signed in, and sees the recovery codes once."""
    invitation = open_invitation_of(request)
    if invitation is None:
        return render(request, "ops/accounts/invitation_over.html", status=404)
    if request.method != "POST":
        return _form(request, invitation)
    person = invitation.staff
    try:
        factor = _read_factor(request, person)
        codes = join_staff(
            invitation_id=invitation.pk,
            password=request.POST.get("password", "")[:200],
            factor=factor,
            actor=actor_for(request, person.pk),
            at=clock.now(),
        )
    except Refusal as refusal:
        return _form(request, invitation, refusal)
    person.refresh_from_db()
    enter(request, person, factor.kind)
    return render(request, "ops/accounts/recovery_codes.html", {"codes": codes, "is_first": True})


def new_secret_of(request: HttpRequest) -> str:
    """The secret of the app that is being enrolled in this session: made once, kept sealed until it is used."""
    kept = request.session.get(NEW_SECRET)
    if kept is not None:
        return open_text(kept, purpose=PURPOSE)
    secret = make_totp_secret()
    request.session[NEW_SECRET] = seal_text(secret, purpose=PURPOSE)
    return secret


def describe_secret(secret: str, email: str) -> dict[str, str]:
    """The secret as a person takes it into an app: drawn, or typed in groups of four."""
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"drawing": draw_address(totp_address(email, secret)), "typed": groups}


def _read_factor(request: HttpRequest, person: StaffUser) -> NewFactor:
    said = request.POST.get("credential", "")
    if said:
        return NewFactor(
            passkey=made_passkey(request, said, person), passkey_name=request.POST.get("name", "").strip()[:60]
        )
    return NewFactor(totp_secret=new_secret_of(request), totp_code=request.POST.get("code", "")[:20])


def _form(request: HttpRequest, invitation: StaffInvitation, refusal: Refusal | None = None) -> HttpResponse:
    field = FIELD_OF_CODE.get(refusal.code, "") if refusal else ""
    context = {
        "person": invitation.staff,
        "secret": describe_secret(new_secret_of(request), invitation.staff.email),
        "expires_at": invitation.expires_at,
        "errors": {field: refusal.detail} if refusal and field else {},
        "refusal": refusal.detail if refusal and not field else "",
    }
    return render(request, "ops/accounts/join.html", context, status=refusal.status if refusal else 200)
