"""GET /v1/deposits and /v1/deposits/{id}, POST /v1/deposits/{id}/information"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.identity_fields import sound_details
from accounts.domain.personal_fields import FIELDS
from core import clock
from core.api.fields import AmountField, DayField, IdField, InstantField, RefField, TextField, WordField
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.strict_json import pointer_to, request_invalid
from core.api.view import ApiView, json_answer, read_json
from core.domain.decimals import at_scale
from core.domain.refusals import FieldError
from settlement.domain.depositing import SENDER_FIELDS
from settlement.models import Deposit
from settlement.operations.inform_deposit import inform_deposit
from settlement.queries.deposits import access_deposit, list_client_deposits

FILTERS = {
    "id": id_filter("id"),
    "profile_id": id_filter("profile_id"),
    "asset": ref_filter("omnibus__asset__code"),
    "network": ref_filter("rail__network"),
    "source": word_filter("source", Deposit.Source.values),
    "status": word_filter("status", Deposit.Status.values),
    "outside_reference": ref_filter("outside_reference"),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "told_at"),
}


@extend_schema_field(
    {
        "type": "object",
        "required": ["seen", "needed"],
        "properties": {"seen": {"type": "integer"}, "needed": {"type": "integer"}},
    }
)
class ConfirmationsField(serializers.Field[Any, Any, Any, Any]):
    """How often a chain has confirmed it, and how often it must."""

    def to_representation(self, value: Any) -> Any:
        return value


class DepositOut(ShapeOut):
    """A deposit as its client may know it: where it stands, and whether the client is asked for something.

    DETECTED until it is final (or FAILED: it never was), then CREDITED, or UNDER_REVIEW until the firm releases it or sends it
    back (RETURNING, RETURNED). REVERSED: recalled by the sender's bank. Why one is under review is not told: a client that knew
    of a screening would be tipped off; ``version`` and ``updated_at`` move with what is told alone.
    ``needs_information``: it waits for who sent it.
    """

    id = IdField()
    profile_id = IdField()
    asset = RefField(source="omnibus.asset.code")
    network = RefField(source="rail_id", allow_null=True)
    source = WordField(Deposit.Source.values)  # type: ignore[assignment]
    amount = AmountField()
    outside_reference = RefField()
    deposit_instruction_id = IdField(source="instruction_id", allow_null=True)
    address = TextField(allow_null=True)
    memo = TextField(allow_null=True)
    tx_hash = TextField(allow_null=True)
    confirmations = ConfirmationsField(source="confirmations_seen", allow_null=True)
    status = WordField(Deposit.Status.values)
    needs_information = serializers.BooleanField()
    informed_at = InstantField(allow_null=True)
    value_date = DayField()
    received_at = InstantField()
    credited_at = InstantField(allow_null=True)
    return_reference = RefField(allow_null=True)
    returned_at = InstantField(allow_null=True)
    reversed_at = InstantField(allow_null=True)
    version = serializers.IntegerField(source="client_version")
    created_at = InstantField()
    updated_at = InstantField(source="told_at")

    def to_representation(self, instance: Deposit) -> dict[str, Any]:
        """The amount at its asset's scale; null where there is nothing to say."""
        shown, rail = super().to_representation(instance), instance.rail
        shown |= {name: getattr(instance, name) or None for name in ("address", "memo", "tx_hash", "return_reference")}
        is_counted = instance.source == Deposit.Source.CHAIN
        return shown | {
            "amount": format(at_scale(instance.amount, instance.omnibus.asset.scale), "f"),
            "network": rail.network if rail is not None else None,
            "confirmations": {"seen": instance.confirmations_seen, "needed": rail.confirmations}
            if rail is not None and is_counted
            else None,
        }


_SENDER = {name: {"type": "string", "maxLength": FIELDS[name].longest} for name in SENDER_FIELDS}


@extend_schema_field(
    {"type": "object", "required": ["full_name"], "additionalProperties": False, "properties": _SENDER}
)
class SenderField(serializers.Field[dict[str, str], Any, dict[str, str], Any]):
    """Who sent it: a name, and one thing more that tells two of a name apart."""

    default_error_messages = {"FIELD_INVALID": "A sender is an object of texts, full_name among them."}

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or not all(isinstance(text, str) for text in data.values()):
            self.fail("FIELD_INVALID")
        strangers = [name for name in data if name not in SENDER_FIELDS]
        if strangers:
            raise request_invalid(
                *(
                    FieldError(pointer_to("/sender", name), "UNKNOWN_FIELD", "There is no such field.")
                    for name in strangers[:100]
                )
            )
        if not data.get("full_name"):
            self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        return value


class InformationIn(ShapeIn):
    sender = SenderField()


DEPOSIT_OUT, INFORMATION_IN = DepositOut(), InformationIn()


class DepositsView(ApiView):
    scopes = {"GET": "funding:read"}

    @extend_schema(
        operation_id="list_deposits",
        tags=["Funding"],
        summary="What came in for the entity's profiles",
        parameters=list_parameters(FILTERS),
        responses=page_shape(DepositOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_deposits(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, DEPOSIT_OUT)


class DepositView(ApiView):
    scopes = {"GET": "funding:read"}

    @extend_schema(
        operation_id="get_deposit", tags=["Funding"], summary="One deposit, and where it stands", responses=DepositOut
    )
    def get(self, request: Request, deposit_id: UUID) -> HttpResponse:
        deposit = access_deposit(deposit_id=deposit_id, entity_id=principal_of(request).entity_id)
        return json_answer(DEPOSIT_OUT.to_representation(deposit), version=deposit.client_version)


class DepositInformationView(ApiView):
    """Who sent a deposit. It goes to the vault and is never shown again; said again, nothing changes."""

    scopes = {"POST": "funding:write"}

    @extend_schema(
        operation_id="inform_deposit",
        tags=["Funding"],
        summary="Say who sent a deposit that waits for it",
        description="The firm's compliance then decides. What was told goes to the vault and is in no answer.",
        request=InformationIn,
        responses={202: DepositOut},
    )
    def post(self, request: Request, deposit_id: UUID) -> HttpResponse:
        at, entity_id = clock.now(), principal_of(request).entity_id
        sender = INFORMATION_IN.parse(read_json(request))["sender"]
        deposit = access_deposit(deposit_id=deposit_id, entity_id=entity_id)
        details = sound_details(sender, pointer="/sender")
        inform_deposit(deposit_id=deposit.pk, details=details, actor=actor_of_principal(request), at=at)
        deposit = access_deposit(deposit_id=deposit_id, entity_id=entity_id)
        return json_answer(DEPOSIT_OUT.to_representation(deposit), 202, version=deposit.client_version)
