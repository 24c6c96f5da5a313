"""GET /v1/rails"""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from core import clock
from core.api.fields import AmountField, IdField, InstantField, RefField, TextField
from core.api.pagination import keyset_page, list_parameters, page_answer, read_list_query, ref_filter
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView
from core.domain.decimals import format_scaled
from settlement.models import Rail
from settlement.queries.rails import list_rails

FILTERS = {"asset": ref_filter("asset__code"), "network": ref_filter("network")}


class RailOut(ShapeOut):
    """How an asset comes and leaves; ``withdrawal_fee`` is what a withdrawal costs now, null where none leaves.

    ``cut_off`` is when the bank's day ends in UTC (null: midnight): what is ready later leaves on the calendar's next business
    day.
    """

    id = IdField()
    asset = RefField(source="asset.code")
    network = RefField()
    confirmations = serializers.IntegerField()
    min_deposit = AmountField()
    min_withdrawal = AmountField()
    withdrawal_fee = AmountField(allow_null=True)
    cut_off = TextField(allow_null=True)
    calendar = RefField(source="asset.calendar")
    payment_scale = serializers.IntegerField(source="asset.payment_scale")
    enabled = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()

    def to_representation(self, instance: Rail) -> dict[str, object]:
        """Amounts at the asset's scale, the cut-off as hours and minutes in UTC."""
        shown, scale = super().to_representation(instance), instance.asset.scale
        amounts = ("min_deposit", "min_withdrawal", "withdrawal_fee")
        values = {name: getattr(instance, name) for name in amounts}
        told = {name: None if value is None else format_scaled(value, scale) for name, value in values.items()}
        return shown | told | {"cut_off": instance.cut_off and instance.cut_off.strftime("%H:%M")}


RAIL_OUT = RailOut()


class RailsView(ApiView):
    scopes = {"GET": "funding:read"}

    @extend_schema(
        operation_id="list_rails",
        tags=["Funding"],
        summary="How assets come and leave, and what it costs",
        parameters=list_parameters(FILTERS),
        responses=page_shape(RailOut),
    )
    def get(self, request: Request) -> HttpResponse:
        at = clock.now()
        query = read_list_query(request, FILTERS, asker=str(principal_of(request).entity_id))
        return page_answer(query, keyset_page(query, list_rails(at=at), at=at), RAIL_OUT)
