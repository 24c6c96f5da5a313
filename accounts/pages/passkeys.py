"""The ceremonies of passkeys: what the browser is asked, and what it answered.

The challenge lies in the session and is good for one answer, of the kind and of the person that it was asked for. The script
that speaks to the browser is static/ops/passkey.js.
"""

import json
from typing import Any

from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from fido2.webauthn import AuthenticationResponse, AuthenticatorData

from accounts.models import StaffUser
from accounts.operations.admit_try import admit_try
from accounts.operations.record_failure import record_failure
from accounts.operations.use_passkey import PASSKEY, use_passkey
from accounts.pages.entering import actor_for, address_of, open_invitation_of, pending_person
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import has_fresh_factor, is_let_in

MOST_BYTES = 32_768
# Beside the challenge in the session: what was asked, and of whom ("" is anybody).
ASKED = "passkey_asked"
USE, MAKE = "use", "make"
NOT_YOURS = "This passkey is not one of yours, or took too long. Try again."
# What a malformed answer makes the library raise; all of it means no.
_BAD = (ValidationError, ValueError, TypeError, KeyError, AttributeError, InvalidSignature)


@require_POST
@never_cache
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """What to ask the browser for, to use a passkey: one of the person's known here, else any of this house.

    With ``anybody`` in the address it is any, as the door asks that knows nobody yet.
    """
    try:
        admit_try(subjects={"address": address_of(request)}, at=clock.now())
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "detail": refusal.detail}, status=refusal.status)
    person: Any = None
    if "anybody" not in request.GET:
        person = request.user if request.user.is_authenticated else pending_person(request)
    options = auth.begin_authentication(person)
    request.session[ASKED] = _asked(USE, person)
    return JsonResponse(_plain(options))


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
    options = auth.begin_registration(person, passwordless=True)
    request.session[ASKED] = _asked(MAKE, person)
    return JsonResponse(_plain(options))


def used_passkey(request: HttpRequest, said: str, person: StaffUser | None) -> StaffUser:
    """Whose passkey answered, after checking it; ``person`` if it has to be that one's.

    Without ``person`` it is the only factor, and has to have asked for PIN or fingerprint itself. Refuses with FACTOR_REFUSED:
    a wrong answer, one to what was asked of somebody else, one of a key that may be copied; with TOO_MANY_TRIES what is faster
    than its pace. What was refused of a ``person`` is on the record.
    """
    at = clock.now()
    subjects = {"address": address_of(request)} | ({"factor": str(person.pk)} if person else {})
    admit_try(subjects=subjects, at=at)
    try:
        answer = _answer_to(request, said, _asked(USE, person))
        told = _told_by_key(answer)
        if person is None and not told.is_user_verified():
            raise ValueError("the key alone, and it did not ask who is there")
        found = person or auth.extract_user_from_response(answer)
        factor = auth.complete_authentication(found, answer)
    except _BAD as error:
        if person is not None:
            record_failure(staff_id=person.pk, kind=PASSKEY, actor=actor_for(request, person.pk), at=at)
        raise Refusal("FACTOR_REFUSED", NOT_YOURS) from error
    finally:
        # One challenge, one answer.
        auth.clear_state()
    if not isinstance(found, StaffUser) or not found.is_active:
        raise Refusal("FACTOR_REFUSED", NOT_YOURS)
    use_passkey(factor_id=factor.pk, count=told.counter, actor=actor_for(request, found.pk), at=at)
    return found


def made_passkey(request: HttpRequest, said: str, person: StaffUser) -> dict[str, Any]:
    """What ``person``'s browser made, after checking it against the challenge. Refuses with FACTOR_REFUSED."""
    try:
        answer = _answer_to(request, said, _asked(MAKE, person))
        auth.complete_registration(answer)
    except _BAD as error:
        raise Refusal("FACTOR_REFUSED", "The passkey could not be made. Try again.") from error
    finally:
        auth.clear_state()
    return answer


def _asked(use: str, person: StaffUser | None) -> str:
    return f"{use}:{person.pk if person else ''}"


def _answer_to(request: HttpRequest, said: str, asked: str) -> dict[str, Any]:
    """The answer, if the challenge of this session was for it; the challenge is used up either way."""
    if request.session.pop(ASKED, None) != asked:
        raise ValueError("this challenge was for something else")
    return read_answer(said)


def _told_by_key(answer: dict[str, Any]) -> AuthenticatorData:
    return AuthenticationResponse.from_dict(answer).response.authenticator_data


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
