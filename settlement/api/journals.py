"""POST and GET /v1/firm/journals, GET /v1/firm/journals/{id}, POST .../submit and .../reverse: for the firm's own programs"""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, approval_value
from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from core import clock
from core.api.fields import AmountField, IdField, InstantField, RefField, TextField, WordField
from core.api.idempotency import Done, answer_once
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    word_filter,
)
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.view import ApiView, json_answer, read_json, refuse_body
from core.domain.decimals import at_scale
from core.domain.refusals import Refusal
from settlement.api.transfers import KEY_PARAMETER
from settlement.domain.transferring import MOST_ATTACHMENTS, MOST_LINES
from settlement.models import JournalLine, ManualJournal
from settlement.operations.draft_journal import Attachment, JournalTerms, LineTerms, draft_journal
from settlement.operations.note_journal import OBJECT_TYPE
from settlement.operations.reverse_journal import reverse_journal
from settlement.operations.submit_journal import submit_journal
from settlement.queries.journals import get_journal, list_journal_lines, list_journals

REASON_CHARACTERS = 500
FILTERS = {
    "id": id_filter("id"),
    "category": word_filter("category", ManualJournal.Category.values),
    "status": word_filter("status", ManualJournal.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class LineIn(ShapeIn):
    source_id = IdField()
    destination_id = IdField()
    amount = AmountField()


LINE_IN = LineIn()


@extend_schema_field(
    {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_LINES,
        "items": {
            "type": "object",
            "required": ["source_id", "destination_id", "amount"],
            "additionalProperties": False,
            "properties": {
                "source_id": {"type": "string", "format": "uuid"},
                "destination_id": {"type": "string", "format": "uuid"},
                "amount": {"type": "string"},
            },
        },
    }
)
class LinesField(serializers.Field[list[LineTerms], Any, Any, Any]):
    """From which ledger account to which, and how much."""

    default_error_messages = {
        "FIELD_INVALID": f"Lines are 1 to {MOST_LINES} objects of a source_id, a destination_id and an amount."
    }

    def to_internal_value(self, data: Any) -> list[LineTerms]:
        if not isinstance(data, list) or not 1 <= len(data) <= MOST_LINES:
            self.fail("FIELD_INVALID")
        try:
            return [LineTerms(**LINE_IN.parse(item)) for item in data]
        except Refusal:
            self.fail("FIELD_INVALID")


@extend_schema_field(
    {"type": "array", "maxItems": MOST_ATTACHMENTS, "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
)
class HashesField(serializers.Field[list[Attachment], Any, Any, Any]):
    """SHA-256 of documents that are kept elsewhere, in lower case."""

    default_error_messages = {"FIELD_INVALID": f"Attachments are up to {MOST_ATTACHMENTS} SHA-256 in lower case."}

    def to_internal_value(self, data: Any) -> list[Attachment]:
        if not isinstance(data, list) or len(data) > MOST_ATTACHMENTS or not all(type(each) is str for each in data):
            self.fail("FIELD_INVALID")
        return [Attachment(each) for each in data]


class JournalIn(ShapeIn):
    category = WordField(ManualJournal.Category.values)
    reason = TextField(most=REASON_CHARACTERS)
    lines = LinesField()
    attachments = HashesField(required=False)


class JournalReversalIn(ShapeIn):
    reason = TextField(most=REASON_CHARACTERS)


class JournalLineOut(ShapeOut):
    number = serializers.IntegerField()
    source_id = IdField()
    source_code = TextField(source="source.code")
    destination_id = IdField()
    destination_code = TextField(source="destination.code")
    asset = RefField(source="asset.code")
    amount = AmountField()


class JournalOut(ShapeOut):
    """A journal as it stands in a list."""

    id = IdField()
    category = WordField(ManualJournal.Category.values)
    reason = TextField(most=REASON_CHARACTERS)
    status = WordField(ManualJournal.Status.values)
    reason_code = RefField(allow_null=True)
    reverses_id = IdField(allow_null=True)
    value = AmountField(allow_null=True)
    approval_id = IdField(allow_null=True)
    drafted_at = InstantField()
    submitted_at = InstantField(allow_null=True)
    posted_at = InstantField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()

    def to_representation(self, instance: ManualJournal) -> dict[str, Any]:
        """The value in cents."""
        value = None if instance.value is None else format(at_scale(instance.value, 2), "f")
        shown = super().to_representation(instance)
        return shown | {"value": value, "reason_code": instance.reason_code or None}


class JournalWholeOut(JournalOut):
    attachments = serializers.ListField(child=TextField(most=64))
    lines = serializers.ListField(child=JournalLineOut())


JOURNAL_IN, JOURNAL_REVERSAL_IN, JOURNAL_LINE_OUT, JOURNAL_OUT = (
    JournalIn(),
    JournalReversalIn(),
    JournalLineOut(),
    JournalOut(),
)


def shape_journal(journal: ManualJournal) -> dict[str, Any]:
    """The journal with its lines, amounts at their asset's scale."""
    return JOURNAL_OUT.to_representation(journal) | {
        "attachments": [each["sha256"] for each in journal.attachments],
        "lines": [_line(line) for line in list_journal_lines(journal)],
    }


def _line(line: JournalLine) -> dict[str, Any]:
    shown = JOURNAL_LINE_OUT.to_representation(line)
    return shown | {"amount": format(at_scale(line.amount, line.asset.scale), "f")}


class FirmJournalsView(ApiView):
    scopes = {"POST": "firm:ledger", "GET": "firm:ledger"}

    @extend_schema(
        operation_id="draft_journal",
        tags=["Firm"],
        summary="Draft a journal: postings with a reason, which nobody has approved yet",
        parameters=[KEY_PARAMETER],
        request=JournalIn,
        responses={201: JournalWholeOut},
    )
    def post(self, request: Request) -> HttpResponse:
        principal = firm_principal(request)
        body = read_json(request)
        terms = JournalTerms(**JOURNAL_IN.parse(body))

        def work() -> Done:
            journal = draft_journal(terms=terms, actor=actor_of_principal(request), at=clock.now())
            journal.refresh_from_db()
            return Done(201, shape_journal(journal), OBJECT_TYPE, journal.pk)

        return answer_once(
            request, principal_id=principal.credential_id, route="POST /v1/firm/journals", body=body, work=work
        )

    @extend_schema(
        operation_id="list_journals",
        tags=["Firm"],
        summary="The journals of the house",
        parameters=list_parameters(FILTERS),
        responses=page_shape(JournalOut),
    )
    def get(self, request: Request) -> HttpResponse:
        principal = firm_principal(request)
        query = read_list_query(request, FILTERS, asker=str(principal.entity_id))
        return page_answer(query, keyset_page(query, list_journals(), at=clock.now()), JOURNAL_OUT)


class FirmJournalView(ApiView):
    scopes = {"GET": "firm:ledger"}

    @extend_schema(
        operation_id="get_journal", tags=["Firm"], summary="One journal with its lines", responses=JournalWholeOut
    )
    def get(self, request: Request, journal_id: UUID) -> HttpResponse:
        firm_principal(request)
        journal = get_journal(journal_id=journal_id)
        return json_answer(shape_journal(journal), version=journal.version)


class FirmJournalSubmissionView(ApiView):
    scopes = {"POST": "firm:ledger"}

    @extend_schema(
        operation_id="submit_journal",
        tags=["Firm"],
        summary="Ask for a draft to be posted",
        description="It is posted once people have approved it: one, or two from 10,000 in value.",
        parameters=[KEY_PARAMETER],
        request=None,
        responses={202: ApprovalOut},
    )
    def post(self, request: Request, journal_id: UUID) -> HttpResponse:
        firm_principal(request)
        refuse_body(request._request)
        get_journal(journal_id=journal_id)
        return _ask(
            request,
            {},
            lambda: submit_journal(journal_id=journal_id, actor=actor_of_principal(request), at=clock.now()),
        )


class FirmJournalReversalView(ApiView):
    scopes = {"POST": "firm:ledger"}

    @extend_schema(
        operation_id="reverse_journal",
        tags=["Firm"],
        summary="Ask for a posted journal to be taken back by a further one",
        parameters=[KEY_PARAMETER],
        request=JournalReversalIn,
        responses={202: ApprovalOut},
    )
    def post(self, request: Request, journal_id: UUID) -> HttpResponse:
        firm_principal(request)
        body = read_json(request)
        reason = JOURNAL_REVERSAL_IN.parse(body)["reason"]
        get_journal(journal_id=journal_id)

        def reverse() -> UUID:
            mirror = reverse_journal(
                journal_id=journal_id, reason=reason, actor=actor_of_principal(request), at=clock.now()
            )
            assert mirror.approval_id is not None
            return mirror.approval_id

        return _ask(request, body, reverse)


def _ask(request: Request, body: Any, work: Callable[[], UUID]) -> HttpResponse:
    """202 with the approval that ``work`` asks for."""

    def done() -> Done:
        approval_id = work()
        return Done(202, approval_value(approval_id), "accounts.approval", approval_id)

    answer = answer_once(
        request,
        principal_id=firm_principal(request).credential_id,
        route=f"POST {request.path}",
        body=body,
        work=done,
    )
    answer["Location"] = f"/v1/approvals/{json.loads(answer.content)['id']}"
    return answer
