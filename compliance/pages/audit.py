"""The audit: who did what, one entry with its seal, its proof, and the list to take along."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.queries.actors import name_actors
from compliance.domain.cells import instant_text
from compliance.domain.formats.csv_exact import quoted
from compliance.domain.formats.csv_sheet import BYTE_ORDER_MARK, disarmed
from compliance.gateways.installed import installed_checkpoints
from compliance.operations.record_export import record_export
from compliance.queries.audit_entries import AuditFilter, get_audit_entry, list_actions, list_audit_entries, seals_of
from compliance.queries.inclusion import find_cover, get_seal, prove_inclusion
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry, SealHead
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer
from core.pages.keyset import read_keyset_page

MOST_EXPORTED = 100_000
EXPORTED_AT_A_TIME = 1_000
TEXT_MOST = 100
EXPORT_COLUMNS = (
    "event_at", "recorded_at", "audit_id", "seal_seq", "actor_kind", "actor_id", "actor", "action", "object_type",
    "object_id", "object_version", "changes", "reason", "approval_id", "request_id", "source_ip",
)  # fmt: skip


@require_GET
@staff_page(permission="audit.read")
def show_audit(request: HttpRequest) -> HttpResponse:
    """Audit entries, newest first, by action, actor, object, request and day."""
    looked_for, fault = _filter_of(request)
    page = read_keyset_page(
        list_audit_entries(looked_for), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    context = {
        "looked_for": looked_for,
        "fault": fault,
        "page": page.map(_RowMaker(page.rows).row),
        "actions": list_actions(),
        "export": f"{reverse('ops:audit-export')}?{urlencode(_said(looked_for))}",
    }
    return answer(request, "ops/compliance/audit.html", context, parts=("list",))


@require_GET
@staff_page(permission="audit.read")
def show_audit_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry: what changed, who, from where, by which request, and how it is sealed and published."""
    entry = get_audit_entry(entry_id=entry_id)
    seal = get_seal(entry_id=entry_id)
    cover = find_cover(seal.seal_seq, installed_checkpoints()) if seal else None
    names = name_actors([entry.actor_id])
    context = {
        "entry": entry,
        "who": names.get(str(entry.actor_id), ""),
        "changes": [{**change, "is_new": change.get("before") is None} for change in entry.changes],
        "seal": seal,
        "cover": cover,
        "origin": settings.CHECKPOINT_ORIGIN,
    }
    return answer(request, "ops/compliance/audit_entry.html", context, parts=("object",))


@require_GET
@staff_page(permission="audit.read")
def download_proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """The proof that the entry is in the published record, as a file for ``manage.py verify_proof``."""
    entry = get_audit_entry(entry_id=entry_id)
    try:
        document = prove_inclusion(entry_id=entry.pk, store=installed_checkpoints())
    except NotFound:
        raise
    except Refusal as refusal:
        return HttpResponse(refusal.detail, status=refusal.status, content_type="text/plain; charset=utf-8")
    body = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    return _file(HttpResponse(body, content_type="application/json"), f"proof-{entry.pk}.json")


@require_GET
@staff_page(permission="audit.read")
def export_audit(request: HttpRequest) -> HttpResponseBase:
    """The list as it stands, as CSV for a spreadsheet; that it was taken is an entry before the first byte."""
    looked_for, fault = _filter_of(request)
    if fault:
        return HttpResponse(fault, status=422, content_type="text/plain; charset=utf-8")
    at = clock.now()
    newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
    record_export(
        of="core.audit_entry", looked_for=_said(looked_for), most_rows=MOST_EXPORTED, actor=actor_of(request), at=at
    )
    sealed = SealHead.objects.values_list("seal_seq", flat=True).first() or 0
    name = f"audit-{at:%Y%m%dT%H%M%SZ}-{sealed}.sheet.csv"
    media_type = "text/csv; charset=utf-8; header=present"
    return _file(StreamingHttpResponse(_csv(looked_for, newest), content_type=media_type), name)


def _csv(looked_for: AuditFilter, newest: UUID | None) -> Iterator[bytes]:
    yield BYTE_ORDER_MARK + (",".join(EXPORT_COLUMNS) + "\r\n").encode()
    rows = list_audit_entries(looked_for).order_by("-pk")
    last, left = newest, MOST_EXPORTED
    is_first = True
    while last is not None and left > 0:
        bound = {"pk__lte" if is_first else "pk__lt": last}
        found = list(rows.filter(**bound)[: min(EXPORTED_AT_A_TIME, left)])
        if found:
            maker = _RowMaker(found)
            yield "".join(maker.line(entry) for entry in found).encode()
        left, is_first = left - len(found), False
        last = found[-1].pk if len(found) == EXPORTED_AT_A_TIME else None


class _RowMaker:
    """Shows entries of one page; asks once for all their seals and names."""

    def __init__(self, entries: Sequence[AuditEntry]) -> None:
        self._seals = seals_of([entry.pk for entry in entries])
        self._names = name_actors([entry.actor_id for entry in entries])

    def row(self, entry: AuditEntry) -> dict[str, Any]:
        """As the list shows it."""
        return {
            "entry": entry,
            "who": self._names.get(str(entry.actor_id), ""),
            "seal": self._seals.get(entry.pk),
            "first": entry.changes[0] if entry.changes else None,
            "more": max(len(entry.changes) - 1, 0),
        }

    def line(self, entry: AuditEntry) -> str:
        """As the export writes it: RFC 4180, and no text that a spreadsheet would run."""
        changes = json.dumps(entry.changes, ensure_ascii=False, sort_keys=True) if entry.changes else None
        cells = (
            instant_text(entry.event_at),
            instant_text(entry.recorded_at),
            quoted(str(entry.pk)),
            str(self._seals.get(entry.pk, "")),
            quoted(entry.actor_kind),
            quoted(_text(entry.actor_id)),
            disarmed(self._names.get(str(entry.actor_id))),
            disarmed(entry.action),
            disarmed(entry.object_type),
            disarmed(entry.object_id),
            _text(entry.object_version) or "",
            disarmed(changes),
            disarmed(entry.reason),
            quoted(_text(entry.approval_id)),
            disarmed(entry.request_id),
            quoted(entry.source_ip),
        )
        return ",".join(cells) + "\r\n"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _filter_of(request: HttpRequest) -> tuple[AuditFilter, str]:
    """What is looked for, and what is wrong with it in words."""

    def said(name: str) -> str:
        return request.GET.get(name, "").replace("\x00", "").strip()[:TEXT_MOST]

    fault, day = "", None
    if said("day"):
        day = _day(said("day"))
        fault = "" if day else "A day is written 2026-03-02."
    return AuditFilter(said("action"), said("actor"), said("object"), said("request"), day), fault


def _day(text: str) -> date | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None


def _said(looked_for: AuditFilter) -> dict[str, str]:
    """The filter as the address spells it; what is empty is left out."""
    spelled = {
        "action": looked_for.action,
        "actor": looked_for.actor,
        "object": looked_for.thing,
        "request": looked_for.request,
        "day": looked_for.day.isoformat() if looked_for.day else "",
    }
    return {name: text for name, text in spelled.items() if text}


def _file(response: HttpResponseBase, name: str) -> Any:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
