"""GET /v1/assets and /v1/assets/{code}"""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from core import clock
from core.api.fields import InstantField, RefField, TextField, WordField
from core.api.pagination import keyset_page, list_parameters, page_answer, read_list_query, ref_filter, word_filter
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView, json_answer
from settlement.models import Asset
from settlement.queries.assets import get_asset, list_assets

FILTERS = {
    "code": ref_filter("code"),
    "kind": word_filter("kind", Asset.Kind.values),
    "status": word_filter("status", Asset.Status.values),
}


class AssetOut(ShapeOut):
    code = RefField()
    name = TextField()
    kind = WordField(Asset.Kind.values)
    scale = serializers.IntegerField()
    payment_scale = serializers.IntegerField()
    status = WordField(Asset.Status.values)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


ASSET_OUT = AssetOut()


class AssetsView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(
        operation_id="list_assets",
        tags=["Markets"],
        summary="What can be owned",
        parameters=list_parameters(FILTERS),
        responses=page_shape(AssetOut),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_list_query(request, FILTERS)
        return page_answer(query, keyset_page(query, list_assets(), at=clock.now()), ASSET_OUT)


class AssetView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(operation_id="get_asset", tags=["Markets"], summary="One asset", responses=AssetOut)
    def get(self, request: Request, code: str) -> HttpResponse:
        asset = get_asset(code=code)
        return json_answer(ASSET_OUT.to_representation(asset), version=asset.version)
