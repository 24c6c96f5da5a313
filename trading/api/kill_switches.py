"""POST and GET /v1/firm/kill-switches, POST /v1/firm/kill-switches/{id}/release"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, pending_answer
from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from core import clock
from core.api.fields import IdField, InstantField, TextField, WordField
from core.api.idempotency import Done, answer_once
from core.api.pagination import keyset_page, list_parameters, page_answer, read_list_query, word_filter
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.view import ApiView, json_answer, read_json
from settlement.api.transfers import KEY_PARAMETER
from trading.models import KillSwitch
from trading.models.kill_switch import EVERYBODY
from trading.operations.engage_kill_switch import SwitchTerms, engage_kill_switch
from trading.operations.release_kill_switch import release_kill_switch
from trading.queries.kill_switches import list_kill_switches

SCOPE = "firm:desk"
FILTERS = {
    "scope": word_filter("scope", KillSwitch.Scope.values),
    "reason": word_filter("reason", KillSwitch.Reason.values),
}


class KillSwitchIn(ShapeIn):
    scope = WordField(KillSwitch.Scope.values)
    scope_id = IdField(required=False)
    reason = WordField(KillSwitch.Reason.values)
    note = TextField(most=200, required=False)


class KillSwitchOut(ShapeOut):
    """``scope_id`` is null for the whole firm; a switch that is engaged has no ``released_at``."""

    id = IdField()
    scope = WordField(KillSwitch.Scope.values)
    scope_id = IdField(allow_null=True)
    reason = WordField(KillSwitch.Reason.values)
    engaged_at = InstantField()
    released_at = InstantField(allow_null=True)

    def to_representation(self, instance: KillSwitch) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | ({"scope_id": None} if instance.scope_id == EVERYBODY else {})


class ReleaseIn(ShapeIn):
    reason = TextField(most=200)


KILL_SWITCH_IN, KILL_SWITCH_OUT, RELEASE_IN = KillSwitchIn(), KillSwitchOut(), ReleaseIn()


class KillSwitchesView(ApiView):
    scopes = {"POST": SCOPE, "GET": SCOPE}

    @extend_schema(
        operation_id="engage_kill_switch",
        tags=["Firm"],
        summary="Keep a firm, market, entity, profile or credential out, at once",
        parameters=[KEY_PARAMETER],
        request=KillSwitchIn,
        responses={201: KillSwitchOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, body, principal = clock.now(), read_json(request), firm_principal(request)
        said = KILL_SWITCH_IN.parse(body)
        terms = SwitchTerms(said["scope"], said.get("scope_id"), said["reason"], said.get("note") or "")
        actor = actor_of_principal(request)

        def work() -> Done:
            switch = engage_kill_switch(terms=terms, actor=actor, at=at)
            return Done(201, KILL_SWITCH_OUT.to_representation(switch), "trading.kill_switch", switch.pk)

        route = "POST /v1/firm/kill-switches"
        return answer_once(request, principal_id=principal.credential_id, route=route, body=body, work=work)

    @extend_schema(
        operation_id="list_kill_switches",
        tags=["Firm"],
        summary="Kill switches, engaged and released",
        parameters=list_parameters(FILTERS),
        responses=page_shape(KillSwitchOut),
    )
    def get(self, request: Request) -> HttpResponse:
        principal = firm_principal(request)
        query = read_list_query(request, FILTERS, asker=str(principal.entity_id))
        rows = keyset_page(query, list_kill_switches(), at=clock.now())
        return page_answer(query, rows, KILL_SWITCH_OUT)


class KillSwitchReleaseView(ApiView):
    scopes = {"POST": SCOPE}

    @extend_schema(
        operation_id="release_kill_switch",
        tags=["Firm"],
        summary="Ask for a kill switch to be released",
        description="Waits for another person's approval (202).",
        request=ReleaseIn,
        responses={200: KillSwitchOut, 202: ApprovalOut},
    )
    def post(self, request: Request, switch_id: UUID) -> HttpResponse:
        firm_principal(request)
        said = RELEASE_IN.parse(read_json(request))
        outcome = release_kill_switch(
            switch_id=switch_id, reason=said["reason"], actor=actor_of_principal(request), at=clock.now()
        )
        if outcome.is_pending:
            return pending_answer(outcome)
        return json_answer(KILL_SWITCH_OUT.to_representation(KillSwitch.objects.get(pk=switch_id)))
