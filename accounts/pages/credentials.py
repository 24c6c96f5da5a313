"""API credentials: whose, what for, from where and when last; asking for one, showing a secret, revoking."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import ApiCredential
from accounts.operations.create_credential import create_credential
from accounts.operations.issue_secret import issue_secret
from accounts.operations.revoke_credential import revoke_credential
from accounts.pages.credential_form import FIELD_OF_CODE, CredentialForm
from accounts.queries.credentials import (
    get_credential,
    list_credential_audit,
    list_credentials,
    list_entity_choices,
    list_pending_changes,
)
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page

COLUMNS = (
    Column("label", "Label", link="address"),
    Column("entity", "Entity", link="entity_address"),
    Column("client_id", "Client id", "id"),
    Column("state", "State", "chip", noun="credential"),
    Column("last_used_at", "Last used (UTC)", "time"),
    Column("last_used_from", "Last address"),
    Column("expires_at", "Ends (UTC)", "time"),
    Column("networks", "From"),
    Column("scopes", "Scopes"),
)
STATES = ("ACTIVE", "REVOKED")


@require_GET
@staff_page(permission="credential.read")
def show_credentials(request: HttpRequest) -> HttpResponse:
    """Everybody's credentials, the newest first."""
    text, status = request.GET.get("text", "").strip()[:100], request.GET.get("status", "")
    status = status if status in STATES else ""
    found = read_keyset_page(
        list_credentials(text=text, status=status),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    reads_entities = has_permission(request, "desk.read")
    context = {
        "columns": COLUMNS,
        "page": found.map(lambda credential: _row(credential, reads_entities=reads_entities)),
        "filter": {"status": status, "text": text},
        "statuses": STATES,
        "empty": "No credentials match. A client's program needs one before it can ask for anything.",
    }
    return answer(request, "ops/accounts/credentials.html", context, parts=("list",))


@require_GET
@staff_page(permission="credential.read")
def show_credential(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """One credential: its terms, its secrets' ends, what is asked for it, its record."""
    return _show(request, get_credential(credential_id=credential_id))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="credential.create", step_up=True)
def ask(request: HttpRequest) -> HttpResponse:
    """The form; sent, it waits for somebody else to approve."""
    form = CredentialForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _ask(request, form):
        return HttpResponseRedirect(reverse("ops:credentials"))
    context = {"form": form, "entities": list_entity_choices()}
    return answer(request, "ops/accounts/credential_form.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_POST
@staff_page(permission="credential.create", step_up=True)
def show_secret(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """Give it its first secret, which this answer shows and nothing ever shows again. Further ones are the client's own."""
    try:
        with transaction.atomic(durable=True):
            shown = issue_secret(credential_id=credential_id, actor=actor_of(request), at=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _refuse(request, credential_id, refusal)
    context = {"credential": get_credential(credential_id=credential_id), "shown": shown}
    return answer(request, "ops/accounts/credential_secret.html", context)


@require_POST
@staff_page(permission="credential.revoke")
def revoke(request: HttpRequest, credential_id: UUID) -> HttpResponse:
    """Revoke it at once and for ever: the safe direction asks nobody."""
    reason = request.POST.get("reason", "").strip()[:500]
    if not reason:
        return _refuse(request, credential_id, Refusal("REASON_MISSING", "Say why."))
    revoke_credential(credential_id=credential_id, reason=reason, actor=actor_of(request), at=clock.now())
    messages.success(request, "Revoked. Its tokens open nothing within seconds.", "ok")
    return _back(credential_id)


def _ask(request: HttpRequest, form: CredentialForm) -> bool:
    """Ask for what the form says; False, with the reason in the form, when that is refused."""
    try:
        with transaction.atomic(durable=True):
            outcome = create_credential(
                entity_id=form.cleaned_data["entity"].pk,
                terms=form.terms(),
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=clock.now(),
            )
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return False
    said = "Asked for: it exists once somebody else has approved it." if outcome.is_pending else "Created."
    messages.success(request, said, "ok")
    return True


def _show(request: HttpRequest, credential: ApiCredential) -> HttpResponse:
    at = clock.now()
    context = {
        "credential": credential,
        "state": _state(credential),
        "is_usable": credential.is_usable(at=at),
        "has_previous": credential.has_previous_secret(at=at),
        "paces": sorted((credential.rate_limits or {}).items()),
        "pending": list_pending_changes(credential.pk),
        "audit": list_credential_audit(credential.pk) if has_permission(request, "audit.read") else None,
    }
    return answer(request, "ops/accounts/credential.html", context)


def _refuse(request: HttpRequest, credential_id: UUID, refusal: Refusal) -> HttpResponse:
    messages.error(request, f"Not done: {refusal.detail or refusal.code}", "bad")
    return _back(credential_id)


def _back(credential_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("ops:credential", args=[credential_id]))


def _state(credential: ApiCredential) -> str:
    """ACTIVE, REVOKED, or what an active one comes to: EXPIRED past its end, NO_SECRET before its first."""
    if credential.status != ApiCredential.Status.ACTIVE:
        return credential.status
    if not credential.is_usable(at=clock.now()):
        return "EXPIRED"
    return credential.status if credential.has_secret else "NO_SECRET"


def _row(credential: ApiCredential, *, reads_entities: bool) -> dict[str, Any]:
    return {
        "label": credential.label,
        "address": reverse("ops:credential", args=[credential.pk]),
        "entity": credential.entity.shown_name,
        "entity_address": reverse("ops:entity", args=[credential.entity_id]) if reads_entities else "",
        "client_id": credential.client_id,
        "scopes": ", ".join(credential.scopes),
        "networks": ", ".join(credential.allowed_cidrs) or "everywhere",
        "last_used_at": credential.last_used_at,
        "last_used_from": credential.last_used_from,
        "expires_at": credential.expires_at,
        "state": _state(credential),
    }
