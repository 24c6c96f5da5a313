"""The ceremonies of passkeys: what the browser is asked, and what it answered.

The challenge lies in the session and is good for one answer. The script that speaks to the browser is static/ops/passkey.js.
"""

import json
from typing import Any

from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import StaffUser
from accounts.operations.admit_try import admit_try
from accounts.pages.entering import address_of, open_invitation_of, pending_person
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import has_fresh_factor, is_let_in

PASSKEY = "PASSKEY"
MOST_BYTES = 32_768
# What a malformed answer makes the library raise; all of it means no.
_BAD = (ValidationError, ValueError, TypeError, KeyError, AttributeError, InvalidSignature)


@require_POST
@never_cache
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """What to ask the browser for, to use a passkey: one of the person's known here, else any of this house."""
    try:
        admit_try(subjects={"address": address_of(request)}, at=clock.now())
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "detail": refusal.detail}, status=refusal.status)
    person = request.user if request.user.is_authenticated else pending_person(request)
    return JsonResponse(_plain(auth.begin_authentication(person)))


@require_POST
@never_cache
def make_passkey(request: HttpRequest) -> HttpResponse:
    """What to ask the browser for, to make a passkey: of who is signed in with a fresh factor, or was invited."""
    invitation = open_invitation_of(request)
    if request.user.is_authenticated and is_let_in(request) and has_fresh_factor(request):
        person: Any = request.user
    elif invitation is not None:
        person = invitation.staff
    else:
        return JsonResponse({"code": "SECOND_FACTOR_NEEDED", "detail": "Sign in first."}, status=403)
    return JsonResponse(_plain(auth.begin_registration(person, passwordless=True)))


def used_passkey(request: HttpRequest, said: str, person: StaffUser | None) -> StaffUser:
    """Whose passkey answered, after checking it; ``person`` if it has to be that one's. Refuses with FACTOR_REFUSED."""
    admit_try(subjects={"address": address_of(request)}, at=clock.now())
    try:
        answer = read_answer(said)
        found = person or auth.extract_user_from_response(answer)
        factor = auth.complete_authentication(found, answer)
    except _BAD as error:
        raise Refusal("FACTOR_REFUSED", "This passkey is not one of yours, or took too long. Try again.") from error
    finally:
        # One challenge, one answer.
        auth.clear_state()
    factor.record_usage()
    if not isinstance(found, StaffUser) or not found.is_active:
        raise Refusal("FACTOR_REFUSED", "This passkey is not one of yours, or took too long. Try again.")
    return found


def made_passkey(said: str) -> dict[str, Any]:
    """What the browser made, after checking it against the challenge. Refuses with FACTOR_REFUSED."""
    try:
        answer = read_answer(said)
        auth.complete_registration(answer)
    except _BAD as error:
        raise Refusal("FACTOR_REFUSED", "The passkey could not be made. Try again.") from error
    finally:
        auth.clear_state()
    return answer


def read_answer(said: str) -> dict[str, Any]:
    """The browser's answer as JSON. Raises ``ValueError`` when it is none."""
    answer = json.loads(said) if len(said) <= MOST_BYTES else None
    if not isinstance(answer, dict):
        raise ValueError("not an answer of a passkey")
    return answer


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """The options as JSON knows them."""
    plain: dict[str, Any] = json.loads(json.dumps(options, default=dict))
    return plain
