"""One journal: its lines, what they would do, what was posted; and what is done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.gateways import document_store
from accounts.queries.actors import name_actors
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.models import ManualJournal
from settlement.operations.reverse_journal import reverse_journal
from settlement.operations.submit_journal import cancel_journal, submit_journal
from settlement.queries.journals import get_journal, list_journal_lines, list_journal_postings, weigh_lines

PERMISSION = "journal.start"


class NothingForm(forms.Form):
    """Nothing more to say."""


class ReasonForm(forms.Form):
    """Why it is taken back."""

    reason = forms.CharField(max_length=500, label="Reason", help_text="Stands in the record; no personal data.")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done with a journal in one of ``statuses``; ``do`` answers the words for who did it."""

    title: str
    label: str
    effect: str
    form: type[forms.Form]
    statuses: tuple[str, ...]
    do: Callable[[UUID, dict[str, Any], Actor], str]


def _submit(journal_id: UUID, _said: dict[str, Any], actor: Actor) -> str:
    submit_journal(journal_id=journal_id, actor=actor, at=clock.now())
    return "Submitted. It is posted once others have approved it."


def _cancel(journal_id: UUID, _said: dict[str, Any], actor: Actor) -> str:
    cancel_journal(journal_id=journal_id, actor=actor, at=clock.now())
    return "Off the table."


def _reverse(journal_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    reverse_journal(journal_id=journal_id, reason=said["reason"], actor=actor, at=clock.now())
    return "Asked for: a further journal takes it back once others have approved it."


DEEDS: dict[str, Deed] = {
    "submit": Deed(
        "Submit", "Submit for approval", "One other person approves it, two from 10,000 in value; then it is posted.",
        NothingForm, (ManualJournal.Status.DRAFT,), _submit,
    ),
    "cancel": Deed(
        "Drop", "Drop the draft", "It stays in the record, and is not posted.",
        NothingForm, (ManualJournal.Status.DRAFT,), _cancel,
    ),
    "reverse": Deed(
        "Take it back", "Ask to take it back", "A further journal with every line the other way, under the same policy.",
        ReasonForm, (ManualJournal.Status.POSTED,), _reverse,
    ),
}  # fmt: skip


@require_GET
@staff_page(permission="ledger.read")
def show_journal(request: HttpRequest, journal_id: UUID) -> HttpResponse:
    """One journal with its lines and postings, and the forms for what may be done with it by who looks."""
    return _page(request, get_journal(journal_id=journal_id))


@require_GET
@staff_page(permission="ledger.read")
def show_attachment(request: HttpRequest, journal_id: UUID, sha256: str) -> HttpResponseBase:
    """A document of the journal, to be saved: never shown inside of our pages."""
    journal = get_journal(journal_id=journal_id)
    kept = next((each for each in journal.attachments if each["sha256"] == sha256 and each["storage_key"]), None)
    if kept is None:
        raise NotFound("attachment")
    sent = StreamingHttpResponse(
        document_store.get(journal.pk, kept["storage_key"]), content_type="application/octet-stream"
    )
    sent["Content-Disposition"] = f'attachment; filename="{sha256}.bin"'
    sent["Cache-Control"] = "no-store"
    return sent


@require_POST
@staff_page(permission=PERMISSION, step_up=True)
def act_on_journal(request: HttpRequest, journal_id: UUID, deed: str) -> HttpResponse:
    """Do one deed; refused, the page comes back with the reason beside what was typed."""
    if deed not in DEEDS:
        raise Http404
    journal = get_journal(journal_id=journal_id)
    form = DEEDS[deed].form(request.POST)
    if not form.is_valid():
        return _page(request, journal, refused=(deed, form), status=422)
    try:
        with transaction.atomic(durable=True):
            words = DEEDS[deed].do(journal_id, form.cleaned_data, actor_of(request))
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return _page(request, get_journal(journal_id=journal_id), refused=(deed, form), status=refusal.status)
    messages.success(request, words, "ok")
    return HttpResponseRedirect(reverse("ops:journal", args=[journal_id]))


def _page(
    request: HttpRequest, journal: ManualJournal, *, refused: tuple[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    name, form = refused or ("", None)
    deeds = [
        {"name": each, "deed": deed, "form": form if each == name else deed.form()}
        for each, deed in DEEDS.items()
        if _may(request, journal, each, deed)
    ]
    # Said already by somebody else: the refusal is shown though the form is gone.
    lost = form.non_field_errors() if form is not None and all(each["name"] != name for each in deeds) else []
    lines = list(list_journal_lines(journal))
    is_open = journal.status in (ManualJournal.Status.DRAFT, ManualJournal.Status.SUBMITTED)
    weighed = weigh_lines([(line.source, line.destination, line.amount) for line in lines]) if is_open else []
    names = name_actors([journal.drafted_by_id, journal.submitted_by_id])
    context = {
        "journal": journal,
        "drafter": names.get(str(journal.drafted_by_id), ""),
        "submitter": names.get(str(journal.submitted_by_id), ""),
        "lines": lines,
        "touched": weighed,
        "mirrors": journal.reversals.order_by("pk"),
        "postings": list_journal_postings(journal),
        "deeds": deeds,
        "refusals": lost,
        "reporting_asset": settings.REPORTING_ASSET,
    }
    return answer(request, "ops/settlement/journal.html", context, status=status)


def _may(request: HttpRequest, journal: ManualJournal, name: str, deed: Deed) -> bool:
    is_mirror = name == "reverse" and journal.reverses_id is not None
    return journal.status in deed.statuses and not is_mirror and has_permission(request, PERMISSION)
