"""How somebody becomes signed in: half-way after the password, wholly after the second factor; each step under a new key."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest

from accounts.models import StaffInvitation, StaffSession, StaffUser
from accounts.session_store import ADDRESS, BROWSER
from core import clock
from core.api.client_address import client_address
from core.api.request_id import request_id_of
from core.operations.record_audit import Actor, record_audit
from core.pages.access import FACTOR_AT, SIGNED_IN_AT

# Of a session that is nobody's yet: who gave a right password, when, and where that person wanted to go.
PENDING, PENDING_AT, PENDING_NEXT = "pending", "pending_at", "pending_next"
PENDING_SECONDS = 300
# Of a session that an invitation opened.
INVITATION = "invitation"
# The secret of an app that is being enrolled, sealed.
NEW_SECRET = "new_secret"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def address_of(request: HttpRequest) -> str:
    """The network address of the request as text; empty where the connection has none."""
    return str(client_address(request) or "")


def wait_for_factor(request: HttpRequest, person: StaffUser, to: str) -> None:
    """Note that the password was right. Nobody is signed in by it."""
    request.session.flush()
    request.session[PENDING] = str(person.pk)
    request.session[PENDING_AT] = clock.now().isoformat()
    request.session[PENDING_NEXT] = to


def pending_person(request: HttpRequest) -> StaffUser | None:
    """Who gave a right password in this session within ``PENDING_SECONDS`` and may still sign in."""
    since = request.session.get(PENDING_AT)
    if since is None or clock.now() - datetime.fromisoformat(since) > timedelta(seconds=PENDING_SECONDS):
        return None
    person = StaffUser.objects.filter(pk=request.session[PENDING]).first()
    return person if person is not None and person.is_active else None


def enter(request: HttpRequest, person: StaffUser, kind: str) -> None:
    """Sign the person in after the second factor ``kind``; what the session knew before is gone, and so is its key."""
    at = clock.now()
    request.session.flush()
    login(request, person, backend=BACKEND)
    request.session[SIGNED_IN_AT] = request.session[FACTOR_AT] = at.isoformat()
    request.session[ADDRESS] = address_of(request) or None
    request.session[BROWSER] = request.headers.get("User-Agent", "")[:200]
    with transaction.atomic(durable=True):
        # Sessions that ended by themselves, and half sign-ins that nobody finished, go with the next that begins.
        StaffSession.objects.filter(expire_date__lt=at).delete()
        record_audit(
            actor=actor_for(request, person.pk),
            action="accounts.staff_user.sign_in",
            object_type="accounts.staff_user",
            object_id=person.pk,
            at=at,
            changes=[{"field": "factor", "before": None, "after": kind}],
        )


def renew_factor(request: HttpRequest) -> None:
    """Note that a second factor was used just now; the session goes on under a new key."""
    request.session.cycle_key()
    request.session[FACTOR_AT] = clock.now().isoformat()


def actor_for(request: HttpRequest, person_id: UUID) -> Actor:
    """A person who is not signed in yet, as the record names them."""
    return Actor("PERSON", person_id, request_id=request_id_of(request), source_ip=address_of(request) or None)


def open_invitation_of(request: HttpRequest) -> StaffInvitation | None:
    """The invitation by which this session came, while it is good."""
    key = request.session.get(INVITATION)
    found = StaffInvitation.objects.select_related("staff").filter(pk=key).first() if key else None
    return found if found is not None and found.is_open(at=clock.now()) else None
