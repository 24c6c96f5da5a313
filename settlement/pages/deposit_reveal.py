"""Who sent a deposit, in the clear, for somebody who says why: the look is on record before anything is shown."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts.domain.personal_fields import FIELDS
from accounts.operations.reveal_details import About, reveal_details
from accounts.pages.reveal import PERMISSION, RevealForm
from accounts.queries.details import mask_details
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.domain.depositing import SENDER_FIELDS
from settlement.models import Deposit
from settlement.operations.note_deposit import OBJECT_TYPE
from settlement.queries.deposits import get_deposit

TEMPLATE = "ops/settlement/sender.html"


class SenderForm(RevealForm):
    """Which details of the sender, and what they are needed for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: Any = self.fields["fields_asked"]
        asked.choices = [(name, FIELDS[name].title) for name in SENDER_FIELDS]


@require_POST
@never_cache
@staff_page(permission=PERMISSION, step_up=True)
@sensitive_variables("shown")
def reveal_sender(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """The asked details in the clear; refused, the masks with the reason why. A page, or for htmx its part ``details``."""
    deposit = get_deposit(deposit_id=deposit_id)
    if not has_permission(request, "deposit.read") or deposit.sender_subject_id is None:
        raise NotFound("sender")
    form = SenderForm(request.POST)
    if not form.is_valid():
        return _page(request, deposit, form=form, status=422)
    said = form.cleaned_data
    try:
        shown = reveal_details(
            subject_id=deposit.sender_subject_id,
            about=About(OBJECT_TYPE, deposit.pk, deposit.version),
            fields=said["fields_asked"],
            reason=said["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return _page(request, deposit, form=form, status=refusal.status)
    return _page(request, deposit, shown={FIELDS[name].title: text for name, text in shown.items()})


def _page(
    request: HttpRequest,
    deposit: Deposit,
    *,
    shown: dict[str, str] | None = None,
    form: SenderForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"deposit": deposit, "shown": shown, "reveal": form}
    subject_id = deposit.sender_subject_id
    if shown is None and status != 503 and subject_id is not None:
        context["details"] = mask_details([subject_id])[subject_id]
    return answer(request, TEMPLATE, context, parts=("details",), status=status)
