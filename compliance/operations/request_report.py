"""Ask for a report."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Entity
from compliance.contracts import ReportRequest, RequestedRun
from compliance.domain.file_names import series_name
from compliance.domain.parameters import business_date_of, parse_parameters
from compliance.models import ReportRun
from compliance.queries.catalogue import CatalogueEntry, get_report
from core.contracts import Audience
from core.domain.canonical import canonical_json
from core.domain.refusals import FieldError, NotFound, Refusal
from core.models import SealHead
from core.operations.record_audit import Actor, record_audit
from settlement.calendar import business_date_of as business_date_at
from settlement.calendar import cut_off_at


def request_report(*, asked: ReportRequest, actor: Actor, at: datetime) -> RequestedRun:
    """Queue a run for what is asked, or answer with the run that the same choice already has.

    A run is the same when code, version, parameters, `as_of` and `known_at` are; one that failed does not
    count. Refuses an unknown report or entity, and a client's wish for what is not a client's report or not
    its own entity's, with `NotFound`; parameters that do not fit, a day that has not begun, an `as_of` that
    is to come or lies beyond the day's cut-off, and a `known_at` that is not reached, with REQUEST_INVALID
    (400).
    """
    entry = get_report(asked.code)
    definition = entry.definition
    parameters = parse_parameters(definition, _with_own_entity(entry, asked))
    business_date = business_date_of(definition, parameters)
    if business_date > business_date_at(at):
        raise _invalid(f"/parameters/{definition.business_date}", "The day has not begun.")
    with transaction.atomic():
        chosen: dict[str, Any] = {
            "code": definition.code,
            "report_version": definition.version,
            "parameters_sha256": hashlib.sha256(canonical_json(parameters)).hexdigest(),
            "as_of": _as_of(asked, cut_off_at(business_date), at),
            "known_at": _known_at(asked),
        }
        existing = _existing(chosen)
        if existing is not None:
            return RequestedRun(existing.pk, is_existing=True)
        entity = _entity(parameters)
        run = ReportRun(
            **chosen,
            definition_sha256=entry.sha256,
            entity=entity,
            parameters=parameters,
            business_date=business_date,
            series=series_name(entity.pk if entity else None, definition.code),
            requested_by=actor.id,
            requester_kind=actor.kind,
            request_reason=asked.reason,
        )
        return _insert(run, chosen, actor, at)


def _insert(run: ReportRun, chosen: dict[str, Any], actor: Actor, at: datetime) -> RequestedRun:
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        # Somebody asked for the same at the same moment.
        existing = _existing(chosen)
        if existing is None:
            raise
        return RequestedRun(existing.pk, is_existing=True)
    run.mark_queued()
    record_audit(
        actor=actor,
        action="compliance.report_run.request",
        object_type="compliance.report_run",
        object_id=run.pk,
        at=at,
        changes=[
            {"field": "code", "before": None, "after": run.code},
            {"field": "parameters", "before": None, "after": run.parameters},
            {"field": "known_at", "before": None, "after": str(run.known_at)},
        ],
        reason=run.request_reason,
    )
    return RequestedRun(run.pk, is_existing=False)


def _with_own_entity(entry: CatalogueEntry, asked: ReportRequest) -> dict[str, Any]:
    given = dict(asked.parameters)
    if asked.entity_id is None:
        return given
    if Audience.CLIENT not in entry.definition.audiences:
        raise NotFound("report")
    if given.get("entity") not in (None, str(asked.entity_id)):
        raise NotFound("entity")
    return given | {"entity": str(asked.entity_id)}


def _as_of(asked: ReportRequest, cut_off: datetime, at: datetime) -> datetime:
    if asked.as_of is None:
        return min(cut_off, at)
    if asked.as_of > at:
        raise _invalid("/as_of", "The instant is to come.")
    if asked.as_of > cut_off:
        raise _invalid("/as_of", "The instant lies beyond the cut-off of the report's business date.")
    return asked.as_of


def _known_at(asked: ReportRequest) -> int:
    head = SealHead.objects.values_list("seal_seq", flat=True).get()
    if asked.known_at is None:
        return head
    if not 0 <= asked.known_at <= head:
        raise _invalid("/known_at", f"The record is sealed up to {head}.")
    return asked.known_at


def _entity(parameters: dict[str, str]) -> Entity | None:
    if "entity" not in parameters:
        return None
    entity = Entity.objects.filter(id=parameters["entity"]).first()
    if entity is None:
        raise NotFound("entity")
    return entity


def _existing(chosen: dict[str, Any]) -> ReportRun | None:
    return ReportRun.objects.filter(**chosen).exclude(state=ReportRun.State.FAILED).first()


def _invalid(pointer: str, detail: str) -> Refusal:
    error = FieldError(pointer, "FIELD_INVALID", detail)
    return Refusal("REQUEST_INVALID", detail, errors=[error], status=400)
