"""Journals: the list, and the form that drafts one, with a look at what its lines would do before it is saved."""

import hashlib
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gateways import document_store
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal, plain_text
from core.domain.refusals import Refusal
from core.ids import new_id
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from settlement.models import LedgerAccount, ManualJournal
from settlement.operations.draft_journal import Attachment, JournalTerms, LineTerms, draft_journal
from settlement.queries.journals import find_account, list_account_choices, list_journals, weigh_lines

COLUMNS = (
    Column("journal.drafted_at", "Drafted (UTC)", "time"),
    Column("journal.category", "Category", "word", link="address"),
    Column("journal.reason", "Reason"),
    Column("journal.line_count", "Lines", "count"),
    Column("journal.status", "Status", "chip", noun="journal"),
)
# So many lines a form has room for; a program may send a hundred.
LINES_OF_A_FORM = 8
MOST_BYTES = 10 * 1024 * 1024


class JournalForm(forms.Form):
    """Why, and what proves it."""

    category = forms.ChoiceField(
        choices=[
            ("", "Choose…"),
            *((each, each.replace("_", " ").capitalize()) for each in ManualJournal.Category.values),
        ],
        label="Category",
    )
    reason = forms.CharField(max_length=500, label="Reason", help_text="Stands in the record; no personal data.")
    document = forms.FileField(
        required=False,
        label="Document",
        help_text="What proves it, up to 10 MiB: kept encrypted, named by its SHA-256.",
    )

    def clean_document(self) -> Any:
        """Nothing, or a file of a bounded size."""
        document = self.cleaned_data["document"]
        if document is not None and document.size > MOST_BYTES:
            raise forms.ValidationError("It has more than 10 MiB.")
        return document


class LineForm(forms.Form):
    """From which account to which, and how much; a line that is left empty is none."""

    source = forms.CharField(max_length=100, required=False, label="From account")
    destination = forms.CharField(max_length=100, required=False, label="To account")
    amount = forms.CharField(max_length=40, required=False, label="Amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "destination"):
            self.fields[name].widget.attrs |= {"list": "accounts", "autocomplete": "off"}

    def clean_source(self) -> LedgerAccount | None:
        return _account(self.cleaned_data["source"])

    def clean_destination(self) -> LedgerAccount | None:
        return _account(self.cleaned_data["destination"])

    def clean_amount(self) -> Decimal | None:
        """The amount, by the grammar of the whole house."""
        text = self.cleaned_data["amount"].strip()
        if not text:
            return None
        try:
            return parse_decimal(text)
        except NumberInvalid as error:
            raise forms.ValidationError("A plain number: digits, one point, no commas, no sign.") from error

    def clean(self) -> dict[str, Any]:
        """All three, or none of them."""
        said = self.cleaned_data
        missing = [name for name in self.fields if said.get(name) is None and name not in self.errors]
        if missing and len(missing) < len(self.fields):
            self.add_error(missing[0], "A line has two accounts and an amount.")
        return said

    @property
    def is_empty(self) -> bool:
        return all(value is None for value in self.cleaned_data.values())


def _account(text: str) -> LedgerAccount | None:
    if not text.strip():
        return None
    account = find_account(text.strip())
    if account is None:
        raise forms.ValidationError("There is no ledger account of this code or id.")
    return account


@require_GET
@staff_page(permission="ledger.read")
def show_journals(request: HttpRequest) -> HttpResponse:
    """Journals, newest first."""
    text = request.GET.get("text", "").strip()[:100]
    page = read_keyset_page(
        list_journals(text=text), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    waiting = ManualJournal.objects.filter(status=ManualJournal.Status.SUBMITTED).count()
    context = {
        "title": "Journals",
        "context_line": f"Postings that people write; {waiting or 'none'} waiting for approval",
        "columns": COLUMNS,
        "page": page.map(_row),
        "search": {"value": text, "label": "Reason or category"},
        "empty": "No journals match. One corrects the books, or books what the bank has charged.",
        "actions": [{"address": reverse("ops:journal-draft"), "label": "Draft a journal"}]
        if has_permission(request, "journal.start")
        else [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


def _row(journal: ManualJournal) -> dict[str, Any]:
    return {"journal": journal, "address": reverse("ops:journal", args=[journal.pk])}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="journal.start")
def draft(request: HttpRequest) -> HttpResponse:
    """The form; checked, it shows what the lines would do; saved, it is a draft that somebody submits."""
    data = request.POST or None
    form = JournalForm(data, request.FILES or None)
    lines = [LineForm(data, prefix=f"line_{number}") for number in range(1, LINES_OF_A_FORM + 1)]
    if request.method != "POST":
        return _page(request, form, lines)
    are_valid = [line.is_valid() for line in lines]
    if not (form.is_valid() and all(are_valid)):
        return _page(request, form, lines, status=422)
    wanted = [line.cleaned_data for line in lines if not line.is_empty]
    if request.POST.get("deed") != "draft":
        return _page(request, form, lines, wanted=wanted)
    journal = _save(request, form, wanted)
    if journal is None:
        return _page(request, form, lines, wanted=wanted, status=422)
    messages.success(request, "Saved. It is posted once it is submitted, and others have approved it.", "ok")
    return HttpResponseRedirect(reverse("ops:journal", args=[journal.pk]))


def _save(request: HttpRequest, form: JournalForm, wanted: list[dict[str, Any]]) -> ManualJournal | None:
    said, journal_id = form.cleaned_data, new_id()
    try:
        attachments = [_keep(journal_id, said["document"])] if said["document"] is not None else []
        terms = JournalTerms(
            category=said["category"],
            reason=said["reason"],
            lines=[LineTerms(each["source"].pk, each["destination"].pk, each["amount"]) for each in wanted],
            attachments=attachments,
            journal_id=journal_id,
        )
        with transaction.atomic(durable=True):
            return draft_journal(terms=terms, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return None


def _keep(journal_id: Any, document: Any) -> Attachment:
    """Store the document under the journal's id before the row: what fails afterwards leaves a file that no row names."""
    content = document.read()
    key = document_store.put(journal_id, content)
    return Attachment(hashlib.sha256(content).hexdigest(), str(document.name)[:100], key)


def _page(
    request: HttpRequest,
    form: JournalForm,
    lines: list[LineForm],
    *,
    wanted: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> HttpResponse:
    sums: dict[str, Decimal] = {}
    for each in wanted or []:
        code = each["source"].asset.code
        sums[code] = sums.get(code, Decimal(0)) + each["amount"]
    context = {
        "form": form,
        "lines": lines,
        "accounts": list_account_choices(),
        "touched": weigh_lines([(each["source"], each["destination"], each["amount"]) for each in wanted or []]),
        "sums": [(code, plain_text(amount)) for code, amount in sums.items()],
    }
    return answer(request, "ops/settlement/journal_form.html", context, status=status)
