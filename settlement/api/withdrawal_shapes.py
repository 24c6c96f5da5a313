"""What comes in of withdrawals, and what goes out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core import clock
from core.api.fields import AmountField, DayField, IdField, InstantField, RefField, TextField, WordField
from core.api.shapes import ShapeIn, ShapeOut
from core.api.strict_json import request_invalid
from core.domain.decimals import format_scaled
from core.domain.refusals import FieldError
from settlement.models import Withdrawal
from settlement.operations.request_withdrawal import WithdrawalWish
from settlement.queries.sending import expected_date


class WithdrawalIn(ShapeIn):
    """One of ``net_amount`` (what arrives) and ``gross_amount`` (what it costs in all)."""

    profile_id = IdField()
    destination_id = IdField()
    client_reference = RefField()
    net_amount = AmountField(required=False)
    gross_amount = AmountField(required=False)
    expected_fee = AmountField(required=False)


@extend_schema_field(
    {
        "type": "object",
        "required": ["given", "required"],
        "properties": {"given": {"type": "integer"}, "required": {"type": "integer"}},
    }
)
class GivenField(serializers.Field[Any, Any, Any, Any]):
    """How many have approved, and how many must."""

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": ["string", "null"], "format": "date"})
class SentOnField(serializers.Field[Any, Any, Any, Any]):
    """The day on which it was sent, or will be as things stand now; null where it never will be."""

    def to_representation(self, value: Withdrawal) -> str | None:
        day = expected_date(value, clock.now())
        return day.isoformat() if day else None


class WithdrawalOut(ShapeOut):
    id = IdField()
    client_reference = RefField()
    profile_id = IdField()
    destination_id = IdField()
    asset = RefField(source="rail.asset.code")
    network = RefField(source="rail.network")
    amount_kind = WordField(Withdrawal.AmountKind.values)
    net_amount = AmountField()
    fee_amount = AmountField()
    gross_amount = AmountField()
    value = AmountField()
    status = WordField(Withdrawal.Status.values)
    reason_code = TextField()
    approvals = GivenField(source="approvals_given")
    approval_id = IdField(allow_null=True)
    outside_reference = RefField(allow_null=True)
    expected_date = SentOnField(source="itself")
    requested_at = InstantField()
    sent_at = InstantField(allow_null=True)
    completed_at = InstantField(allow_null=True)
    ended_at = InstantField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()

    def to_representation(self, instance: Withdrawal) -> dict[str, Any]:
        """Amounts at the asset's scale, the value at two digits; no reference where nothing was paid."""
        scale = instance.rail.asset.scale
        amounts = {
            name: format_scaled(getattr(instance, name), scale) for name in ("net_amount", "fee_amount", "gross_amount")
        }
        return (
            super().to_representation(instance)
            | amounts
            | {
                "value": format_scaled(instance.value, 2),
                "approvals": {"given": instance.approvals_given, "required": instance.approvals_required},
                "outside_reference": instance.outside_reference or None,
            }
        )


class LimitOut(ShapeOut):
    """At most ``limit`` in the window, in the reporting asset."""

    scope = WordField(["ENTITY", "PROFILE"])
    window = WordField(["PER_TRANSFER", "ROLLING_24H", "ROLLING_30D"])
    limit = AmountField()
    used = AmountField()
    left = AmountField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Values at two digits."""
        values = {name: format_scaled(getattr(instance, name), 2) for name in ("limit", "used", "left")}
        return super().to_representation(instance) | values


class RefusalOut(ShapeOut):
    code = TextField()
    detail = TextField()
    meta = serializers.JSONField()


class PreviewOut(ShapeOut):
    """What a withdrawal would come to now; amounts are null where they cannot be told."""

    would_be_accepted = serializers.BooleanField()
    refusals = RefusalOut(many=True)
    asset = RefField(allow_null=True)
    net_amount = AmountField(allow_null=True)
    fee_amount = AmountField(allow_null=True)
    gross_amount = AmountField(allow_null=True)
    value = AmountField(allow_null=True)
    approvals_required = serializers.IntegerField(allow_null=True)
    needs_review = serializers.BooleanField(allow_null=True)
    expected_date = DayField(allow_null=True)
    limits_after = LimitOut(many=True)


WITHDRAWAL_IN, WITHDRAWAL_OUT, LIMIT_OUT = WithdrawalIn(), WithdrawalOut(), LimitOut()


def read_wish(values: dict[str, Any]) -> WithdrawalWish:
    """The wish that a parsed body spells. Refuses none or both of the amounts with REQUEST_INVALID (400)."""
    amounts = {
        kind: values[name] for kind, name in (("NET", "net_amount"), ("GROSS", "gross_amount")) if name in values
    }
    if len(amounts) != 1:
        raise request_invalid(FieldError("/net_amount", "FIELD_INVALID", "Say one of net_amount and gross_amount."))
    ((kind, amount),) = amounts.items()
    return WithdrawalWish(
        profile_id=values["profile_id"],
        destination_id=values["destination_id"],
        client_reference=values["client_reference"],
        amount_kind=kind,
        amount=amount,
        expected_fee=values.get("expected_fee"),
    )
