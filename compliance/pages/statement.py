"""One client statement: its figures, who took it, taking it, and issuing it again where it changed."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Entity
from accounts.queries.actors import name_actors
from compliance.api.statements import printed_answer
from compliance.operations.take_statement import OBJECT_TYPE, take_statement
from compliance.reports.client_statement.prints import FORMATS, SHEET
from core import clock
from core.domain.decimals import parse_decimal
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from settlement.models import ClientStatement
from settlement.operations.reissue_statement import LONGEST_REASON, SHORTEST_REASON, reissue_statement
from settlement.queries.client_statements import get_statement

KINDS = FORMATS | {"sheet": SHEET}
LABELS = {"pdf": "PDF", "sheet": "Spreadsheet", "csv": "CSV", "json": "JSON"}
MOST_TAKEN = 100
_SUMS = ("opening", "credits", "debits", "closing", "held", "restated")


class ReissueForm(forms.Form):
    """Why it is issued again."""

    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        label="Reason",
        help_text="The client reads it on the new statement.",
    )


@require_GET
@staff_page(permission="report.read")
def show_client_statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """A statement with its sums."""
    return _page(request, get_statement(statement_id=statement_id))


@require_POST
@staff_page(permission="statement.issue", step_up=True)
def reissue(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Issue it again; refused, the page comes back with the reason beside what was typed."""
    statement, form = get_statement(statement_id=statement_id), ReissueForm(request.POST)
    if not form.is_valid():
        return _page(request, statement, form=form, status=422)
    try:
        new = reissue_statement(
            statement_id=statement.pk, reason=form.cleaned_data["reason"], actor=actor_of(request), at=clock.now()
        )
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return _page(request, statement, form=form, status=refusal.status)
    messages.success(request, "Issued again, under its own number.", "ok")
    return HttpResponseRedirect(reverse("ops:statement", args=[new]))


@require_GET
@staff_page(permission="report.read")
def download_statement(request: HttpRequest, statement_id: UUID, kind: str) -> HttpResponse:
    """The printed statement; that it was taken is on the record before the first byte.

    A natural person's name is in it: who may not see one gets none.
    """
    statement = get_statement(statement_id=statement_id)
    if kind not in KINDS or not _may_take(request, statement):
        raise Http404
    try:
        printed = take_statement(statement=statement, as_format=KINDS[kind], actor=actor_of(request), at=clock.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain; charset=utf-8")
    return printed_answer(printed)


def _may_take(request: HttpRequest, statement: ClientStatement) -> bool:
    is_person = statement.profile.entity.kind == Entity.Kind.PERSON
    return not is_person or has_permission(request, "identity.reveal")


def _page(
    request: HttpRequest, statement: ClientStatement, *, form: ReissueForm | None = None, status: int = 200
) -> HttpResponse:
    correction = statement.corrections.first()
    may_reissue = correction is None and has_permission(request, "statement.issue")
    taken = list(
        AuditEntry.objects.filter(
            object_type=OBJECT_TYPE, object_id=str(statement.pk), action="compliance.client_statement.download"
        ).order_by("-id")[:MOST_TAKEN]
    )
    names = name_actors([statement.issued_by_id, *(each.actor_id for each in taken)])
    context: dict[str, Any] = {
        "statement": statement,
        "correction": correction,
        "state": "ISSUED" if correction is None else "SUPERSEDED",
        "issuer": names.get(str(statement.issued_by_id), "The house"),
        "assets": [_asset(each) for each in statement.totals["assets"]],
        "value": _number(statement.totals["value"]),
        "fees": [each | {"amount": _number(each["amount"])} for each in statement.totals["fees"]],
        "kinds": LABELS if _may_take(request, statement) else {},
        "taken": [
            {"entry": each, "who": names.get(str(each.actor_id), each.actor_kind), "format": each.changes[0]["after"]}
            for each in taken
        ],
        "form": (form or ReissueForm()) if may_reissue else None,
        # Corrected meanwhile by somebody else: the refusal is shown though the form is gone.
        "refusals": form.non_field_errors() if form is not None and not may_reissue else [],
    }
    return answer(request, "ops/compliance/statement.html", context, status=status)


def _asset(told: dict[str, Any]) -> dict[str, Any]:
    price = told["price"] or {}
    own = {name: _number(told[name]) for name in _SUMS}
    return own | {
        "asset": told["asset"],
        "scale": int(told["scale"]),
        "payment_scale": int(told["payment_scale"]),
        "price": _number(price.get("price")),
        "source": price.get("source", ""),
        "price_at": price.get("event_at", ""),
        "value": _number(told["value"]),
        "is_restated": told["restated"] != told["closing"],
    }


def _number(text: str | None) -> Decimal | None:
    return None if text is None else parse_decimal(text, signed=True)
