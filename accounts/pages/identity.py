"""One identity: what is known of it, what is missing, what it lets its profiles do, and what compliance does about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.contracts import CheckResult
from accounts.models import Identity
from accounts.operations.add_member import add_member
from accounts.operations.clear_control import clear_control
from accounts.operations.complete_refresh import Finding, complete_refresh
from accounts.operations.decide_document import DocumentVerdict, decide_document
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.operations.end_member import end_member
from accounts.operations.rate_identity_risk import rate_identity_risk
from accounts.operations.record_verification import record_verification
from accounts.operations.set_control import ControlWish, set_control
from accounts.pages.identity_forms import (
    CheckForm,
    ClearForm,
    ControlForm,
    DecisionForm,
    DeedForm,
    DocumentForm,
    EndMemberForm,
    MemberForm,
    RefreshForm,
    RiskForm,
)
from accounts.pages.reveal import PERMISSION as REVEAL
from accounts.pages.reveal import RevealForm
from accounts.queries.desk_clients import (
    action_rows,
    check_rows,
    list_active_controls,
    list_memberships,
    list_past_controls,
)
from accounts.queries.details import mask_details
from accounts.queries.identities import get_identity, list_documents, list_verifications, newest_verifications
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer

MOST_RESULTS = 100
# The deeds whose forms stand in the rows of a table.
IN_ROWS = ("judge", "clear", "end-member")


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that may be done here: its form, who may, and how it is done; ``do`` answers what it came to, in words."""

    form: type[DeedForm]
    permission: str
    do: Callable[[Identity, Any, Actor], str]
    needs_fresh_factor: bool = False


@require_GET
@staff_page(permission="identity.read")
def show_identity(request: HttpRequest, identity_id: UUID) -> HttpResponse:
    """The whole of it, personal details masked."""
    return _page(request, get_identity(identity_id=identity_id))


def _decide(identity: Identity, form: Any, actor: Actor) -> str:
    status, reason = form.decided
    decision = Decision(status, reason, form.cleaned_data["note"])
    version = form.cleaned_data["version"]
    decide_identity(identity_id=identity.pk, decision=decision, actor=actor, at=clock.now(), version=version)
    return f"{identity.reference} is {status.lower()} now."


def _rate(identity: Identity, form: Any, actor: Actor) -> str:
    said = form.cleaned_data
    rate_identity_risk(
        identity_id=identity.pk,
        rating=said["rating"],
        reason=said["reason"],
        actor=actor,
        at=clock.now(),
        version=said["version"],
    )
    return f"The risk of {identity.reference} is rated {said['rating'].lower()}."


def _check(identity: Identity, form: Any, actor: Actor) -> str:
    said, at = form.cleaned_data, clock.now()
    result = CheckResult(
        check=said["check"],
        method="VENDOR" if said["is_vendor"] else "INTERNAL",
        verdict=said["verdict"],
        verifier=said["verifier"],
        verifier_reference=said["verifier_reference"],
        verified_at=at,
        expires_date=said["expires_date"],
    )
    record_verification(identity_id=identity.pk, result=result, actor=actor, at=at)
    return "The result is recorded and counts from now on."


def _judge(identity: Identity, form: Any, actor: Actor) -> str:
    said = form.cleaned_data
    if not list_documents(identity).filter(pk=said["document_id"]).exists():
        raise NotFound("document")
    verdict, _, reason = said["decision"].partition(":")
    judged = DocumentVerdict(verdict, reason, said["expires_date"])
    decide_document(document_id=said["document_id"], verdict=judged, actor=actor, at=clock.now())
    return f"The document is {verdict.lower()}."


def _control(identity: Identity, form: Any, actor: Actor) -> str:
    said = form.cleaned_data
    wish = ControlWish(said["kind"], said["reason_code"], said["note"], said["is_overridable"])
    set_control(identity_id=identity.pk, wish=wish, set_by="OPERATOR", actor=actor, at=clock.now())
    return "The control is set. The doors refuse at once, resting orders that it forbids are cancelled."


def _clear(identity: Identity, form: Any, actor: Actor) -> str:
    said = form.cleaned_data
    with transaction.atomic(durable=True):
        outcome = clear_control(
            control_id=said["control_id"],
            identity_id=identity.pk,
            cleared_for="OPERATOR",
            note=said["note"],
            actor=actor,
            at=clock.now(),
        )
    if outcome.is_pending:
        return "Lifting it is asked for: another person of compliance decides it under Approvals."
    return "The control is cleared."


def _refresh(identity: Identity, form: Any, actor: Actor) -> str:
    said = form.cleaned_data
    finding = Finding(said["reason_code"], said["note"])
    complete_refresh(identity_id=identity.pk, finding=finding, actor=actor, at=clock.now(), version=said["version"])
    return "The refresh is complete; the next one has its day."


def _add(identity: Identity, form: Any, actor: Actor) -> str:
    said = form.cleaned_data
    add_member(profile_id=said["profile"].pk, identity_id=identity.pk, role=said["role"], actor=actor, at=clock.now())
    return f"{identity.reference} stands behind {said['profile'].reference} now."


def _end(identity: Identity, form: Any, actor: Actor) -> str:
    if not list_memberships(identity).filter(pk=form.cleaned_data["member_id"]).exists():
        raise NotFound("member")
    end_member(member_id=form.cleaned_data["member_id"], actor=actor, at=clock.now())
    return "The role has ended."


DEEDS: dict[str, Deed] = {
    "decide": Deed(DecisionForm, "identity.decide", _decide, needs_fresh_factor=True),
    "rate": Deed(RiskForm, "identity.decide", _rate, needs_fresh_factor=True),
    "check": Deed(CheckForm, "identity.write", _check, needs_fresh_factor=True),
    "judge": Deed(DocumentForm, "identity.decide", _judge, needs_fresh_factor=True),
    "control": Deed(ControlForm, "control.set", _control),
    "clear": Deed(ClearForm, "control.clear", _clear, needs_fresh_factor=True),
    "refresh": Deed(RefreshForm, "identity.decide", _refresh),
    "add-member": Deed(MemberForm, "identity.write", _add),
    "end-member": Deed(EndMemberForm, "identity.write", _end),
}


def _door(deed: Deed) -> Callable[..., HttpResponseBase]:
    @staff_page(permission=deed.permission, step_up=deed.needs_fresh_factor)
    def door(request: HttpRequest, identity_id: UUID, name: str) -> HttpResponse:
        return _perform(request, get_identity(identity_id=identity_id), name)

    return door


_DOORS = {name: _door(deed) for name, deed in DEEDS.items()}


@require_POST
def act_on_identity(request: HttpRequest, identity_id: UUID, deed: str) -> HttpResponseBase:
    """Do one deed; refused, the page comes back with the reason beside what was typed."""
    if deed not in _DOORS:
        raise Http404
    return _DOORS[deed](request, identity_id, deed)


def _perform(request: HttpRequest, identity: Identity, name: str) -> HttpResponse:
    form = DEEDS[name].form(request.POST, identity=identity)
    if not form.is_valid():
        return _page(request, identity, refused=(name, form), status=422)
    try:
        words = DEEDS[name].do(identity, form, actor_of(request))
    except Refusal as refusal:
        form.add_error(None, _told(refusal))
        return _page(request, get_identity(identity_id=identity.pk), refused=(name, form), status=refusal.status)
    messages.success(request, words, "ok")
    return HttpResponseRedirect(reverse("ops:identity", args=[identity.pk]))


def _errors(form: DeedForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


def _told(refusal: Refusal) -> str:
    checks = refusal.meta.get("checks")
    missing = f" Missing: {', '.join(checks)}." if checks else ""
    return f"{refusal.detail or refusal.code}{missing}"


def _page(
    request: HttpRequest, identity: Identity, *, refused: tuple[str, DeedForm] | None = None, status: int = 200
) -> HttpResponse:
    today = clock.now().date()
    controls = list(list_active_controls(identity))
    forms = {
        name.replace("-", "_"): deed.form(identity=identity)
        for name, deed in DEEDS.items()
        if has_permission(request, deed.permission)
    }
    if refused is not None:
        forms[refused[0].replace("-", "_")] = refused[1]
    context = {
        "identity": identity,
        "details": mask_details([identity.subject_id])[identity.subject_id],
        "checks": check_rows(identity, newest_verifications(identity.pk), today=today),
        "results": list_verifications(identity).order_by("-identity_version", "-pk")[:MOST_RESULTS],
        "documents": list_documents(identity).order_by("-pk")[:MOST_RESULTS],
        "controls": controls,
        "past_controls": list_past_controls(identity),
        "actions": action_rows(identity, controls),
        "memberships": list_memberships(identity)[:MOST_RESULTS],
        "forms": forms,
        "reveal": RevealForm() if has_permission(request, REVEAL) else None,
        "refused": refused[0] if refused else "",
        # What has no form of its own on the page is refused above it.
        "refusals": _errors(refused[1]) if refused and refused[0] in IN_ROWS else [],
    }
    return answer(request, "ops/accounts/identity.html", context, status=status)
