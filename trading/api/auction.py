"""GET /v1/markets/{symbol}/auction"""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from core.api.fields import AmountField, InstantField, RefField, SignedAmountField, WordField
from core.api.shapes import ShapeOut
from core.api.view import ApiView, json_answer
from trading.models import Market
from trading.queries.auctions import get_auction


class AuctionOut(ShapeOut):
    """What the auction would come to now; null where nothing meets, or none runs. The imbalance is buys less sells."""

    market = RefField()
    phase = WordField(Market.Phase.values)
    sequence = serializers.IntegerField()
    indicative_price = AmountField(allow_null=True)
    indicative_volume = AmountField(allow_null=True)
    imbalance = SignedAmountField(allow_null=True)
    ends_at = InstantField(allow_null=True)


AUCTION_OUT = AuctionOut()


class AuctionView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(
        operation_id="get_auction",
        tags=["Markets"],
        summary="What a market's auction would come to",
        responses=AuctionOut,
    )
    def get(self, request: Request, symbol: str) -> HttpResponse:
        return json_answer(AUCTION_OUT.to_representation(get_auction(symbol=symbol)))
