"""GET /v1/markets/{symbol}/book"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from core.api.fields import DECIMAL_PATTERN, RefField, WordField
from core.api.shapes import ShapeOut
from core.api.view import ApiView, json_answer
from core.domain.refusals import FieldError, Refusal
from trading.models import Market
from trading.queries.order_book import DEPTHS, get_book

_DECIMAL = {"type": "string", "pattern": DECIMAL_PATTERN}
_LEVEL = {"type": "array", "prefixItems": [_DECIMAL, _DECIMAL], "minItems": 2, "maxItems": 2}


@extend_schema_field({"type": "array", "items": _LEVEL, "description": "[price, size], best first"})
class LevelsField(serializers.Field[Any, Any, list[list[str]], Any]):
    """Levels as pairs of strings, at the market's price and amount scales."""

    def to_representation(self, value: Any) -> list[list[str]]:
        return [[format(price, "f"), format(size, "f")] for price, size in value]


class BookOut(ShapeOut):
    market = RefField()
    phase = WordField(Market.Phase.values)
    sequence = serializers.IntegerField()
    bids = LevelsField()
    asks = LevelsField()
    checksum = serializers.IntegerField()


BOOK_OUT = BookOut()


class BookView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(
        operation_id="get_book",
        tags=["Markets"],
        summary="What rests in a market, at one sequence",
        description=(
            "The checksum is the CRC-32 of the ten best asks, then the ten best bids: price at price_scale and size at"
            " amount_scale, without the dot and leading zeros, written one after the other."
        ),
        parameters=[OpenApiParameter("depth", int, enum=DEPTHS, default=DEPTHS[0], description="Levels a side")],
        responses=BookOut,
    )
    def get(self, request: Request, symbol: str) -> HttpResponse:
        return json_answer(BOOK_OUT.to_representation(get_book(symbol=symbol, depth=_depth(request))))


def _depth(request: Request) -> int:
    given = request._request.GET
    texts = given.getlist("depth") or [str(DEPTHS[0])]
    if set(given) - {"depth"} or len(texts) > 1 or texts[0] not in map(str, DEPTHS):
        error = FieldError("?depth", "FIELD_INVALID", f"The depth is one of {', '.join(map(str, DEPTHS))}.")
        raise Refusal("FILTER_INVALID", "A query parameter is not valid.", errors=[error], status=400)
    return int(texts[0])
