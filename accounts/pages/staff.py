"""Members of staff: who may what and since when, last use, conflicts; inviting, suspending, and asking for roles."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.contracts import InvitedStaff
from accounts.domain.duties import PERMISSIONS, conflicts_of
from accounts.domain.staff_states import INVITATION_HOURS
from accounts.models import Role, StaffUser
from accounts.operations.end_sessions import end_sessions
from accounts.operations.end_staff import end_staff
from accounts.operations.grant_role import end_role, grant_role
from accounts.operations.invite_again import invite_again
from accounts.operations.invite_staff import invite_staff
from accounts.operations.resume_staff import resume_staff
from accounts.operations.suspend_staff import suspend_staff
from accounts.queries.sessions import list_good_sessions
from accounts.queries.staff import (
    active_grants_of,
    conflicts_of_person,
    factor_kinds_of,
    get_staff,
    list_factors,
    list_past_grants,
    list_pending_grants,
    list_staff,
    list_staff_audit,
)
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.domain.tones import word_of
from core.pages.access import actor_of, has_permission, person_id, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page

COLUMNS = (
    Column("name", "Name", link="address"),
    Column("email", "E-mail"),
    Column("status", "Status", "chip", noun="staff"),
    Column("roles", "Roles"),
    Column("since", "Since (UTC)", "time"),
    Column("factors", "Second factor"),
    Column("last_login", "Last sign-in (UTC)", "time"),
    Column("conflicts", "Conflicts"),
)
FIELD_OF_CODE = {"EMAIL_INVALID": "email", "ALREADY_EXISTS": "email", "NAME_MISSING": "name", "NOT_FOUND": "same_as"}


class InviteForm(forms.Form):
    """Who is to come."""

    email = forms.CharField(max_length=254, label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(max_length=100, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    same_as = forms.CharField(
        max_length=254,
        required=False,
        label="Same human as",
        help_text="The e-mail of another account of this person. Approvals count humans, not accounts.",
    )


@require_GET
@staff_page(permission="staff.read")
def show_staff(request: HttpRequest) -> HttpResponse:
    """Everybody who works here or did."""
    text, status = request.GET.get("text", "").strip()[:100], request.GET.get("status", "")
    status = status if status in StaffUser.Status.values else ""
    found = read_keyset_page(
        list_staff(status=status, text=text),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "columns": COLUMNS,
        "page": found.map(_row),
        "filter": {"status": status, "text": text},
        "statuses": StaffUser.Status.values,
        "empty": "Nobody matches these filters.",
    }
    return answer(request, "ops/accounts/staff.html", context, parts=("list",))


@require_GET
@staff_page(permission="staff.read")
def show_one(request: HttpRequest, staff_id: UUID) -> HttpResponse:
    """One member of staff: roles with what they permit, what is asked for, factors, sessions, record."""
    staff = get_staff(staff_id)
    context = {
        "staff": staff,
        "grants": [
            {"grant": grant, "sentences": [(code, PERMISSIONS.get(code, "")) for code in grant.role.permissions]}
            for grant in active_grants_of(staff)
        ],
        "past": list_past_grants(staff_id),
        "pending": list_pending_grants(staff_id),
        "conflicts": conflicts_of_person(staff),
        "accounts": StaffUser.objects.filter(person_id=staff.person_id).exclude(pk=staff.pk),
        "factors": list_factors(staff_id),
        "sessions": list_good_sessions(at=clock.now()).filter(staff_id=staff_id)[:50],
        "roles": list(Role.objects.order_by("name").values_list("name", flat=True)),
        "audit": list_staff_audit(staff_id) if has_permission(request, "audit.read") else None,
        "is_me": person_id(request) == staff.pk,
    }
    return answer(request, "ops/accounts/staff_one.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="staff.write", step_up=True)
def invite(request: HttpRequest) -> HttpResponse:
    """The form; sent, the answer shows the link, which is nowhere else."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    invited = _invite(request, form) if form.is_bound and form.is_valid() else None
    if invited is not None:
        return _show_link(request, invited)
    return answer(request, "ops/accounts/invite.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@require_POST
@staff_page(permission="staff.write", step_up=True)
def move(request: HttpRequest, staff_id: UUID, verb: str) -> HttpResponse:
    """Suspend, resume, invite again or end; with a reason."""
    moves: dict[str, Callable[..., InvitedStaff | None]] = {
        "suspend": suspend_staff,
        "resume": resume_staff,
        "invite": invite_again,
        "end": end_staff,
    }
    if verb not in moves:
        raise NotFound("move")
    reason = request.POST.get("reason", "")[:500]
    try:
        invited = moves[verb](staff_id=staff_id, reason=reason, actor=actor_of(request), at=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, f"Not done: {refusal.detail or refusal.code}", "bad")
    else:
        if invited is not None:
            return _show_link(request, invited)
        messages.success(request, "Done, and on the record.", "ok")
    return _back(staff_id)


@require_POST
@staff_page(permission="staff.write", step_up=True)
def end_theirs(request: HttpRequest, staff_id: UUID) -> HttpResponse:
    """End every session of a person, who may sign in again."""
    staff = get_staff(staff_id)
    ended = end_sessions(staff_id=staff.pk, actor=actor_of(request), at=clock.now())
    messages.success(request, f"Ended {ended} session{'s' if ended != 1 else ''} of {staff.name}.", "ok")
    return _back(staff_id)


@require_POST
@staff_page(permission="role.grant", step_up=True)
def ask_role(request: HttpRequest, staff_id: UUID) -> HttpResponse:
    """Ask that a role be granted or ended; somebody else decides."""
    ask = end_role if request.POST.get("kind") == "END" else grant_role
    role, reason = request.POST.get("role", "")[:32], request.POST.get("reason", "")[:500]
    try:
        outcome = ask(staff_id=staff_id, role=role, reason=reason, actor=actor_of(request), at=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        messages.error(request, f"Not asked for: {refusal.detail or refusal.code}", "bad")
    else:
        said = "Asked for: it waits for others to decide." if outcome.is_pending else "Done, and on the record."
        messages.success(request, said, "ok")
    return _back(staff_id)


def _invite(request: HttpRequest, form: InviteForm) -> InvitedStaff | None:
    said = form.cleaned_data
    try:
        with transaction.atomic(durable=True):
            return invite_staff(
                email=said["email"],
                name=said["name"],
                person_of=_find_same(said["same_as"]),
                actor=actor_of(request),
                at=clock.now(),
            )
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
    return None


def _find_same(email: str) -> UUID | None:
    if not email.strip():
        return None
    found = StaffUser.objects.filter(email=email.strip().lower()).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("account")
    return found


def _show_link(request: HttpRequest, invited: InvitedStaff) -> HttpResponse:
    link = request.build_absolute_uri(reverse("ops:invitation", args=[invited.token]))
    context = {"staff": get_staff(invited.staff_id), "link": link, "hours": INVITATION_HOURS}
    return answer(request, "ops/accounts/invited.html", context)


def _back(staff_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("ops:staff-one", args=[staff_id]))


def _row(staff: StaffUser) -> dict[str, Any]:
    grants = active_grants_of(staff)
    held = {code for grant in grants for code in grant.role.permissions}
    return {
        "name": staff.name,
        "address": reverse("ops:staff-one", args=[staff.pk]),
        "email": staff.email,
        "status": staff.status,
        "roles": ", ".join(word_of(grant.role.name) for grant in grants),
        "since": min((grant.granted_at for grant in grants), default=None),
        "factors": ", ".join(word_of(kind) for kind in factor_kinds_of(staff)),
        "last_login": staff.last_login,
        "conflicts": _brief(conflicts_of(held)),
    }


def _brief(conflicts: list[tuple[str, str]]) -> str:
    """The first conflict, and how many more there are."""
    if not conflicts:
        return ""
    more = f", {len(conflicts) - 1} more" if len(conflicts) > 1 else ""
    return f"{' + '.join(conflicts[0])}{more}"
