"""Step-up: a page that needs a fresh second factor asks for it, and then goes on by itself.

What was typed is kept in the form of the question. After the right answer the browser is told to send the very same request to
where it was going (307), so this works without a script.
"""

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.models import StaffUser
from accounts.operations.prove_code import prove_code
from accounts.pages.entering import renew_factor
from accounts.pages.passkeys import used_passkey
from accounts.pages.sign_in import own_address
from accounts.queries.staff import has_passkey
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, person_id, staff_page

# Names of the question's own fields; everything else in the form belongs to the request that waits.
CODE, CREDENTIAL, TO, IS_WAITING = "step_up_code", "step_up_credential", "step_up_to", "step_up_waits"
OWN_FIELDS = frozenset({CODE, CREDENTIAL, TO, IS_WAITING, "csrfmiddlewaretoken"})
NEEDED = "SECOND_FACTOR_NEEDED"


class RepeatRequest(HttpResponseRedirect):
    """Tells the browser to send the same form to another address of ours."""

    status_code = 307


def ask_for_factor(request: HttpRequest) -> HttpResponseBase:
    """What a page answers that needs a fresh factor: a GET is led to the question, a POST is answered with it (403)."""
    address = request.get_full_path()
    is_script = request.headers.get("HX-Request") == "true"
    if request.method in ("GET", "HEAD"):
        question = f"{reverse('ops:step-up')}?{urlencode({'next': address})}"
        return HttpResponse(status=403, headers={"HX-Redirect": question}) if is_script else _go(question)
    answer = _question(request, to=address, is_waiting=True, status=403)
    if is_script:
        # The whole answer is a page; what htmx takes of it goes where faults are shown.
        answer["HX-Retarget"], answer["HX-Reswap"], answer["HX-Reselect"] = "#fault", "innerHTML", "#step-up"
    return answer


@sensitive_post_parameters(CODE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def step_up(request: HttpRequest) -> HttpResponseBase:
    """The question, and after a right answer the way on: to a page, or with the form that waited."""
    if request.method != "POST":
        return _question(request, to=own_address(request.GET.get("next", "")), is_waiting=False)
    to, is_waiting = own_address(request.POST.get(TO, "")), request.POST.get(IS_WAITING) == "yes"
    try:
        _prove(request)
    except Refusal as refusal:
        return _question(request, to=to, is_waiting=is_waiting, status=refusal.status, refusal=refusal.detail)
    renew_factor(request)
    return RepeatRequest(to) if is_waiting else _go(to)


def _prove(request: HttpRequest) -> None:
    said = request.POST.get(CREDENTIAL, "")
    if said:
        used_passkey(request, said, cast(StaffUser, request.user))
        return
    code = request.POST.get(CODE, "")[:20]
    prove_code(staff_id=person_id(request), code=code, actor=actor_of(request), at=clock.now())


def _question(request: HttpRequest, *, to: str, is_waiting: bool, status: int = 200, refusal: str = "") -> HttpResponse:
    kept = [(name, value) for name, values in request.POST.lists() if name not in OWN_FIELDS for value in values]
    context = {
        "to": to,
        "is_waiting": is_waiting,
        "kept": kept if is_waiting else [],
        "refusal": refusal,
        "has_passkey": has_passkey(person_id(request)),
    }
    return render(request, "ops/accounts/step_up.html", context, status=status)


def _go(to: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(to)
