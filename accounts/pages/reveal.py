"""Personal details in the clear, for somebody who says why: the look is on record before anything is shown."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts.domain.personal_fields import FIELDS
from accounts.models import Identity
from accounts.operations.reveal_details import LONGEST_REASON, SHORTEST_REASON, reveal_details
from accounts.queries.details import mask_details
from accounts.queries.identities import get_identity
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer

PERMISSION = "identity.reveal"


class RevealForm(forms.Form):
    """Which details, and what they are needed for."""

    fields_asked = forms.MultipleChoiceField(
        label="Details",
        choices=[(field.name, field.title) for field in FIELDS.values()],
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label="Reason",
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in the record with your name. No personal data.",
    )


@require_POST
@never_cache
@staff_page(permission=PERMISSION, step_up=True)
@sensitive_variables("shown")
def reveal(request: HttpRequest, identity_id: UUID) -> HttpResponse:
    """The asked details in the clear; refused, the masks with the reason why. A page, or for htmx its part ``details``."""
    identity = get_identity(identity_id=identity_id)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _page(request, identity, form=form, status=422)
    said = form.cleaned_data
    try:
        shown = reveal_details(
            subject_id=identity.subject_id,
            fields=said["fields_asked"],
            reason=said["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.detail)
        return _page(request, identity, form=form, status=refusal.status)
    return _page(request, identity, shown={FIELDS[name].title: text for name, text in shown.items()})


def _page(
    request: HttpRequest,
    identity: Identity,
    *,
    shown: dict[str, str] | None = None,
    form: RevealForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"identity": identity, "shown": shown, "reveal": form}
    if shown is None and status != 503:
        context["details"] = mask_details([identity.subject_id])[identity.subject_id]
    return answer(request, "ops/accounts/revealed.html", context, parts=("details",), status=status)
