"""Reports: the catalogue, asking for a run, its progress and its files."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Entity
from accounts.queries.shown_names import shown_name
from compliance.api.report_file import file_answer
from compliance.contracts import ReportRequest
from compliance.gateways.installed import installed_store
from compliance.models import ReportRun
from compliance.operations.request_report import request_report
from compliance.operations.take_file import take_file
from compliance.queries.catalogue import CatalogueEntry, catalogue, get_report, list_reports
from compliance.queries.report_runs import (
    get_report_file,
    get_report_run,
    list_report_downloads,
    list_report_runs,
)
from core import clock
from core.contracts import ParameterType, ReportDefinition, ReportParameter
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page

RUN_COLUMNS = (
    Column("run.created_at", "Asked (UTC)", "time"),
    Column("run.id", "Run", "id", link="address"),
    Column("title", "Report"),
    Column("run.business_date", "Business date", "day"),
    Column("for", "For"),
    Column("run.known_at", "Sealed up to", "count"),
    Column("rows", "Rows", "count"),
    Column("run.file_count", "Files", "count"),
    Column("run.state", "State", "chip", noun="report_run"),
)
MOST_ENTITIES = 500
MOST_DOWNLOADS = 100


def make_form(definition: ReportDefinition, data: Mapping[str, Any] | None = None) -> forms.Form:
    """A form with a field for each parameter of the report; the operation checks what is typed, not the form."""
    fields: dict[str, forms.Field] = {each.name: _field(each) for each in definition.parameters}
    fields["reason"] = forms.CharField(label="Reason", max_length=200, required=False)
    form_class: type[forms.Form] = type("ReportForm", (forms.Form,), fields)
    today = clock.now().date().isoformat()
    days = [each.name for each in definition.parameters if each.type == ParameterType.DATE and each.required]
    return form_class(data, initial=dict.fromkeys(days, today))


def _field(parameter: ReportParameter) -> forms.Field:
    label, required = parameter.title, parameter.required
    if parameter.type == ParameterType.DATE:
        picker = forms.TextInput(attrs={"type": "date"})
        return forms.CharField(label=label, required=required, widget=picker)
    if parameter.type == ParameterType.ENTITY:
        typed = forms.TextInput(attrs={"list": "entities", "autocomplete": "off"})
        hint = "Empty for the whole firm." if not required else ""
        return forms.CharField(label=label, required=required, widget=typed, help_text=hint)
    return forms.CharField(label=label, required=required)


@require_GET
@staff_page(permission="report.read")
def show_reports(request: HttpRequest) -> HttpResponse:
    """What can be reported, and every run, newest first."""
    found = read_keyset_page(
        list_report_runs().select_related("entity"),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "catalogue": list_reports(),
        "columns": RUN_COLUMNS,
        "page": found.map(_run),
        "is_busy": any(not _is_over(run) for run in found.rows),
        "empty": "No runs yet. Choose a report above.",
    }
    return answer(request, "ops/compliance/reports.html", context, parts=("list",))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="report.run")
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """A report with its wording and columns, and the form that asks for a run; the answer is the run."""
    entry = get_report(code)
    form = make_form(entry.definition, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        run_id = _request_run(request, entry, form) if form.is_valid() else None
        if run_id is not None:
            return HttpResponseRedirect(reverse("ops:report-run", args=[run_id]))
        status = 422
    entities = Entity.objects.order_by(shown_name()).values_list("id", shown_name())[:MOST_ENTITIES]
    context = {"entry": entry, "report": entry.definition, "form": form, "entities": list(entities)}
    return answer(request, "ops/compliance/report.html", context, status=status)


def _request_run(request: HttpRequest, entry: CatalogueEntry, form: forms.Form) -> UUID | None:
    """Ask for the run; None when that is refused, with the reason beside its field."""
    said = form.cleaned_data
    parameters = {each.name: said[each.name] for each in entry.definition.parameters if said[each.name]}
    try:
        asked = ReportRequest(code=entry.definition.code, parameters=parameters, reason=said["reason"])
        return request_report(asked=asked, actor=actor_of(request), at=clock.now()).run_id
    except Refusal as refusal:
        faults = {each.pointer.rpartition("/")[2]: each.detail for each in refusal.errors}
        for name, detail in faults.items():
            form.add_error(name if name in form.fields else None, detail)
        if not faults:
            form.add_error(None, refusal.detail or refusal.code)
    return None


@require_GET
@staff_page(permission="report.read")
def show_report_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """A run: what was chosen, how far it is, its files with their hashes, and who took them."""
    run = get_report_run(run_id=run_id)
    context = {
        "run": run,
        "title": _title(run),
        "is_over": _is_over(run),
        "files": sorted(run.files.all(), key=lambda file: (file.format, file.part)),
        "downloads": list(list_report_downloads(run_id=run.pk)[:MOST_DOWNLOADS]),
    }
    return answer(request, "ops/compliance/report_run.html", context, parts=("object",))


@require_GET
@staff_page(permission="report.read")
def download(request: HttpRequest, run_id: UUID, name: str) -> HttpResponseBase:
    """A file of a run; that it was taken is on the record before the first byte."""
    file = get_report_file(run=get_report_run(run_id=run_id), name=name)
    try:
        stream = take_file(file=file, actor=actor_of(request), store=installed_store(), clock=clock.now)
    except NotFound:
        raise
    except Refusal as refusal:
        return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain; charset=utf-8")
    return file_answer(file, stream)


def _is_over(run: ReportRun) -> bool:
    return run.state in (ReportRun.State.READY, ReportRun.State.FAILED)


def _title(run: ReportRun) -> str:
    entry = catalogue().get(run.code)
    return entry.definition.title if entry else run.code


def _run(run: ReportRun) -> dict[str, Any]:
    return {
        "run": run,
        "title": _title(run),
        "for": run.entity.shown_name if run.entity else "The firm",
        "rows": run.row_count if run.row_count is not None else run.rows_done,
        "address": reverse("ops:report-run", args=[run.pk]),
    }
