"""GET /v1/markets, /v1/markets/{symbol} and /v1/markets/{symbol}/trades"""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from core import clock
from core.api.fields import AmountField, IdField, InstantField, RefField, WordField
from core.api.pagination import (
    keyset_page,
    list_parameters,
    number_filter,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView, json_answer
from trading.api.shapes import LIQUIDITIES, TRADE_STATUSES
from trading.models import Market, Order
from trading.queries.market_trades import list_market_trades, public_trades
from trading.queries.markets import get_market_row, list_market_rows, market_terms_view, market_terms_views

FILTERS = {
    "symbol": ref_filter("symbol"),
    "base": ref_filter("base__code"),
    "quote": ref_filter("quote__code"),
    "phase": word_filter("phase", Market.Phase.values),
}
TRADE_FILTERS = {"after_sequence": number_filter("sequence__gt")}


class MarketOut(ShapeOut):
    symbol = RefField()
    base = RefField()
    quote = RefField()
    tick_size = AmountField()
    lot_size = AmountField()
    price_scale = serializers.IntegerField()
    amount_scale = serializers.IntegerField()
    min_amount = AmountField()
    max_amount = AmountField()
    min_notional = AmountField()
    max_notional = AmountField()
    entry_band = AmountField()
    execution_band = AmountField()
    phase = WordField(Market.Phase.values)
    sequence = serializers.IntegerField()
    reference_price = AmountField(allow_null=True)
    last_price = AmountField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


class PublicTradeOut(ShapeOut):
    id = IdField()
    market = RefField()
    sequence = serializers.IntegerField()
    price = AmountField()
    base_amount = AmountField()
    quote_amount = AmountField()
    taker_side = WordField(Order.Side.values, allow_null=True)
    liquidity = WordField(["CONTINUOUS", *LIQUIDITIES[2:]])
    status = WordField(TRADE_STATUSES)
    traded_at = InstantField()


MARKET_OUT = MarketOut()
PUBLIC_TRADE_OUT = PublicTradeOut()


class MarketsView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(
        operation_id="list_markets",
        tags=["Markets"],
        summary="Where assets are exchanged",
        parameters=list_parameters(FILTERS),
        responses=page_shape(MarketOut),
    )
    def get(self, request: Request) -> HttpResponse:
        query = read_list_query(request, FILTERS)
        rows = keyset_page(query, list_market_rows(), at=clock.now())
        return page_answer(query, market_terms_views(rows), MARKET_OUT)


class MarketView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(operation_id="get_market", tags=["Markets"], summary="One market", responses=MarketOut)
    def get(self, request: Request, symbol: str) -> HttpResponse:
        market = market_terms_view(get_market_row(symbol=symbol))
        return json_answer(MARKET_OUT.to_representation(market), version=market.version)


class MarketTradesView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(
        operation_id="list_market_trades",
        tags=["Markets"],
        summary="A market's trades",
        parameters=list_parameters(TRADE_FILTERS),
        responses=page_shape(PublicTradeOut),
    )
    def get(self, request: Request, symbol: str) -> HttpResponse:
        market = get_market_row(symbol=symbol)
        query = read_list_query(request, TRADE_FILTERS)
        rows = keyset_page(query, list_market_trades(market), at=clock.now(), key="sequence")
        return page_answer(
            query, public_trades(rows, market), PUBLIC_TRADE_OUT, key_of=lambda trade: str(trade.sequence)
        )
