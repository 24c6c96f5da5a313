"""POST and GET /v1/identities/{id}/controls, DELETE .../controls/{control_id}; POST /v1/firm/identities/{id}/controls"""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.credential_shapes import SwitchField
from accounts.api.firm import firm_principal
from accounts.api.identities import KEY_PARAMETER
from accounts.domain.controls import CLIENT_REASONS, FIRM_REASONS, KINDS, UNTOLD_REASONS, may_client_clear
from accounts.models import IdentityControl
from accounts.operations.clear_control import clear_control
from accounts.operations.set_control import CLIENT, OPERATOR, ControlWish, set_control
from accounts.queries.controls import list_controls
from accounts.queries.identities import access_identity, get_identity
from core import clock
from core.api.fields import IdField, InstantField, TextField, WordField
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
from core.api.view import ApiView, read_json

NOTE_CHARACTERS = 500
FILTERS = {
    "id": id_filter("id"),
    "kind": word_filter("kind", IdentityControl.Kind.values),
    "set_by": word_filter("set_by", IdentityControl.SetBy.values),
    **instant_filters("created_at", "created_at"),
}


class ControlIn(ShapeIn):
    """What a client sets on an identity of its own. It may lift it again, but for a freeze."""

    kind = WordField(KINDS)
    reason_code = WordField(CLIENT_REASONS)
    note = TextField(most=NOTE_CHARACTERS, required=False)


class FirmControlIn(ShapeIn):
    kind = WordField(KINDS)
    reason_code = WordField((*CLIENT_REASONS, *FIRM_REASONS))
    is_overridable = SwitchField()
    note = TextField(most=NOTE_CHARACTERS, required=False)


class ControlOut(ShapeOut):
    """A control as its client sees it: ``reason_code`` and ``note`` are null where telling could warn somebody."""

    id = IdField()
    identity_id = IdField()
    kind = WordField(KINDS)
    set_by = WordField(IdentityControl.SetBy.values)
    reason_code = WordField((*CLIENT_REASONS, *FIRM_REASONS), allow_null=True)
    note = TextField(most=NOTE_CHARACTERS, allow_null=True)
    may_clear = serializers.BooleanField()
    set_at = InstantField()
    cleared_at = InstantField(allow_null=True)
    created_at = InstantField()


class FirmControlOut(ControlOut):
    is_overridable = serializers.BooleanField()


CONTROL_IN, FIRM_CONTROL_IN, CONTROL_OUT, FIRM_CONTROL_OUT = (
    ControlIn(),
    FirmControlIn(),
    ControlOut(),
    FirmControlOut(),
)


class IdentityControlsView(ApiView):
    scopes = {"POST": "identities:write", "GET": "identities:read"}

    @extend_schema(
        operation_id="set_control",
        tags=["Identities"],
        summary="Set a control on an identity: its profiles are bound at once",
        description="What the control forbids is in the permission grid. Resting orders that it forbids are cancelled.",
        parameters=[KEY_PARAMETER],
        request=ControlIn,
        responses={201: ControlOut},
    )
    def post(self, request: Request, identity_id: UUID) -> HttpResponse:
        access_identity(identity_id=identity_id, entity_id=principal_of(request).entity_id)
        body = read_json(request)
        return _set(request, identity_id, body, CONTROL_IN.parse(body), set_by=CLIENT)

    @extend_schema(
        operation_id="list_controls",
        tags=["Identities"],
        summary="The controls of an identity, those that were lifted among them",
        parameters=list_parameters(FILTERS),
        responses=page_shape(ControlOut),
    )
    def get(self, request: Request, identity_id: UUID) -> HttpResponse:
        identity = access_identity(identity_id=identity_id, entity_id=principal_of(request).entity_id)
        query = read_list_query(request, FILTERS, asker=str(identity.id))
        rows = keyset_page(query, list_controls(identity_id=identity.id), at=clock.now())
        return page_answer(query, [client_view(row) for row in rows], CONTROL_OUT)


class IdentityControlView(ApiView):
    scopes = {"DELETE": "identities:write"}

    @extend_schema(
        operation_id="clear_control",
        tags=["Identities"],
        summary="Lift a control that the entity set itself, or that is overridable",
        description="A freeze and what the firm set are refused with CONTROL_NOT_OVERRIDABLE. Lifted already, it stays so.",
        responses={204: None},
    )
    def delete(self, request: Request, identity_id: UUID, control_id: UUID) -> HttpResponse:
        access_identity(identity_id=identity_id, entity_id=principal_of(request).entity_id)
        clear_control(
            control_id=control_id,
            identity_id=identity_id,
            cleared_for=CLIENT,
            actor=actor_of_principal(request),
            at=clock.now(),
        )
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


class FirmControlsView(ApiView):
    scopes = {"POST": "firm:identities"}

    @extend_schema(
        operation_id="set_firm_control",
        tags=["Firm"],
        summary="Set a control of the firm on an identity",
        description="It takes the place of one of the same kind that the client could lift. People lift it, in the back office.",
        parameters=[KEY_PARAMETER],
        request=FirmControlIn,
        responses={201: FirmControlOut},
    )
    def post(self, request: Request, identity_id: UUID) -> HttpResponse:
        firm_principal(request)
        get_identity(identity_id=identity_id)
        body = read_json(request)
        return _set(request, identity_id, body, FIRM_CONTROL_IN.parse(body), set_by=OPERATOR)


def _set(request: Request, identity_id: UUID, body: Any, values: dict[str, Any], *, set_by: str) -> HttpResponse:
    wish = ControlWish(**values)

    def work() -> Done:
        control_id = set_control(
            identity_id=identity_id, wish=wish, set_by=set_by, actor=actor_of_principal(request), at=clock.now()
        )
        control = list_controls(identity_id=identity_id).get(pk=control_id)
        shown = (
            CONTROL_OUT.to_representation(client_view(control))
            if set_by == CLIENT
            else FIRM_CONTROL_OUT.to_representation(_view(control, is_told=True))
        )
        return Done(201, shown, "accounts.identity_control", control_id)

    return answer_once(
        request,
        principal_id=principal_of(request).credential_id,
        route=f"POST {request.path}",
        body=body,
        work=work,
    )


def client_view(control: IdentityControl) -> SimpleNamespace:
    """The control as its client may know it."""
    is_own = control.set_by == CLIENT
    return _view(control, is_told=is_own or control.reason_code not in UNTOLD_REASONS, is_noted=is_own)


def _view(control: IdentityControl, *, is_told: bool, is_noted: bool = True) -> SimpleNamespace:
    may_clear = control.is_active and may_client_clear(
        kind=control.kind,
        reason_code=control.reason_code,
        set_by=control.set_by,
        is_overridable=control.is_overridable,
    )
    return SimpleNamespace(
        id=control.pk,
        identity_id=control.identity_id,
        kind=control.kind,
        set_by=control.set_by,
        reason_code=control.reason_code if is_told else None,
        note=(control.note or None) if is_noted else None,
        is_overridable=control.is_overridable,
        may_clear=may_clear,
        set_at=control.set_at,
        cleared_at=control.cleared_at,
        created_at=control.created_at,
    )
