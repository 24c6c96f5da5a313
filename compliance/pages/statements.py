"""Client statements: the list, and the form that issues one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Profile
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from settlement.models import ClientStatement
from settlement.operations.issue_statement import issue_statement
from settlement.queries.client_statements import find_profiles, list_statements
from settlement.queries.deposits import list_profile_choices

COLUMNS = (
    Column("statement.number", "Number", link="address"),
    Column("statement.profile.reference", "Profile"),
    Column("statement.profile.entity.shown_name", "Entity", cut=True),
    Column("statement.period_start", "From", "day"),
    Column("statement.period_end", "To", "day"),
    Column("statement.movement_count", "Movements", "count"),
    Column("statement.supersedes.number", "Corrects"),
    Column("state", "Status", "chip", noun="statement"),
    Column("statement.issued_at", "Issued (UTC)", "time"),
)
FIELD_OF_CODE = {
    "PERIOD_INVALID": "period_end",
    "DAY_NOT_CLOSED": "period_end",
    "STATEMENT_TOO_LARGE": "period_start",
    "NOTHING_TO_STATE": "profile",
    "PROFILE_HAS_NO_HOLDER": "profile",
}


class IssueForm(forms.Form):
    """Whose statement, and of which closed days."""

    profile = forms.CharField(
        max_length=100, label="Profile", help_text="Its reference, or its id where two share a reference."
    )
    period_start = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    period_end = forms.DateField(
        label="Last day", widget=forms.DateInput(attrs={"type": "date"}), help_text="It has to be closed."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].widget.attrs |= {"list": "profiles", "autocomplete": "off"}

    def clean_profile(self) -> Profile:
        """The one profile that the text names."""
        found = list(find_profiles(self.cleaned_data["profile"].strip()))
        if not found:
            raise forms.ValidationError("There is no profile of this reference or id.")
        if len(found) > 1:
            raise forms.ValidationError("Several profiles have this reference: give the id.")
        return found[0]


@require_GET
@staff_page(permission="report.read")
def show_statements(request: HttpRequest) -> HttpResponse:
    """Statements, newest first."""
    text = request.GET.get("text", "").strip()[:100]
    page = read_keyset_page(
        list_statements(text=text), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    corrections = ClientStatement.objects.filter(supersedes__in=[each.pk for each in page.rows])
    superseded = {each for each in corrections.values_list("supersedes", flat=True) if each is not None}
    context = {
        "title": "Statements",
        "context_line": "To clients, of closed days; each month's are issued once its last day is closed",
        "columns": COLUMNS,
        "page": page.map(lambda each: _row(each, superseded)),
        "search": {"value": text, "label": "Number, profile or entity"},
        "empty": "No statements match. They are issued when the last day of a month is closed, or here.",
        "actions": [{"address": reverse("ops:statement-issue"), "label": "Issue a statement"}]
        if has_permission(request, "statement.issue")
        else [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


def _row(statement: ClientStatement, superseded: set[UUID]) -> dict[str, Any]:
    return {
        "statement": statement,
        "state": "SUPERSEDED" if statement.pk in superseded else "ISSUED",
        "address": reverse("ops:statement", args=[statement.pk]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="statement.issue", step_up=True)
def issue(request: HttpRequest) -> HttpResponse:
    """The form; sent, the statement is there, and what is refused stands beside its field."""
    form = IssueForm(request.POST or None, initial=_last_month())
    status = 200
    if request.method == "POST":
        issued = _issue(request, form) if form.is_valid() else None
        if issued is not None:
            messages.success(request, "Issued.", "ok")
            return HttpResponseRedirect(reverse("ops:statement", args=[issued]))
        status = 422
    context = {"form": form, "profiles": list_profile_choices()}
    return answer(request, "ops/compliance/statement_form.html", context, status=status)


def _issue(request: HttpRequest, form: IssueForm) -> UUID | None:
    said = form.cleaned_data
    try:
        return issue_statement(
            profile_id=said["profile"].pk,
            period_start=said["period_start"],
            period_end=said["period_end"],
            actor=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return None


def _last_month() -> dict[str, str]:
    last = clock.now().date().replace(day=1) - timedelta(days=1)
    return {"period_start": last.replace(day=1).isoformat(), "period_end": last.isoformat()}
