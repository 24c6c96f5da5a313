"""GET /v1/markets/{symbol}/ticker and /v1/markets/{symbol}/candles"""

from datetime import datetime

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from core import clock
from core.api.fields import AmountField, DayField, InstantField, RefField, WordField, parse_instant
from core.api.pagination import (
    Filter,
    ListQuery,
    ValueInvalid,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
)
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView, json_answer
from core.domain.refusals import FieldError, Refusal
from trading.models import Candle, Market
from trading.queries.candles import candle_views, list_candles
from trading.queries.markets import get_market_row
from trading.queries.tickers import get_ticker


class TickerOut(ShapeOut):
    market = RefField()
    phase = WordField(Market.Phase.values)
    sequence = serializers.IntegerField()
    best_bid = AmountField(allow_null=True)
    best_bid_size = AmountField(allow_null=True)
    best_ask = AmountField(allow_null=True)
    best_ask_size = AmountField(allow_null=True)
    last_price = AmountField(allow_null=True)
    last_size = AmountField(allow_null=True)
    last_traded_at = InstantField(allow_null=True)
    reference_price = AmountField(allow_null=True)
    day = DayField()
    day_open = AmountField(allow_null=True)
    day_high = AmountField(allow_null=True)
    day_low = AmountField(allow_null=True)
    day_base_volume = AmountField()
    day_quote_volume = AmountField()


class CandleOut(ShapeOut):
    market = RefField()
    interval = WordField(Candle.Interval.values)
    opens_at = InstantField()
    open = AmountField()
    high = AmountField()
    low = AmountField()
    close = AmountField()
    base_volume = AmountField()
    quote_volume = AmountField()
    trade_count = serializers.IntegerField()
    last_sequence = serializers.IntegerField()


TICKER_OUT = TickerOut()
CANDLE_OUT = CandleOut()


def _read_instant(text: str) -> datetime:
    value = parse_instant(text)
    if value is None:
        raise ValueInvalid
    return value


def _read_interval(text: str) -> str:
    if text not in Candle.Interval.values:
        raise ValueInvalid
    return text


FILTERS = {
    "interval": Filter("interval", _read_interval, choices=tuple(Candle.Interval.values)),
    "from": Filter("opens_at__gte", _read_instant, kind=OpenApiTypes.DATETIME),
    "until": Filter("opens_at__lt", _read_instant, kind=OpenApiTypes.DATETIME),
}
PARAMETERS: list[OpenApiParameter] = list_parameters(FILTERS)
for _parameter in PARAMETERS:
    _parameter.required = _parameter.name == "interval"


class TickerView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(
        operation_id="get_ticker",
        tags=["Markets"],
        summary="A market in one row",
        description="As of the sequence. The day is the UTC day of now; without a trade in it its prices are null.",
        responses=TickerOut,
    )
    def get(self, request: Request, symbol: str) -> HttpResponse:
        return json_answer(TICKER_OUT.to_representation(get_ticker(symbol=symbol, at=clock.now())))


class CandlesView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(
        operation_id="list_candles",
        tags=["Markets"],
        summary="A market's candles",
        description=(
            "Of the trades that stand, by the time of trading, opening at whole intervals of UTC from `from` on and before"
            " `until`. Intervals without a trade have none. The newest is still growing."
        ),
        parameters=PARAMETERS,
        responses=page_shape(CandleOut),
    )
    def get(self, request: Request, symbol: str) -> HttpResponse:
        market = get_market_row(symbol=symbol)
        query = read_list_query(request, FILTERS)
        candles = list_candles(market, interval=_interval(query))
        rows = keyset_page(query, candles, at=clock.now(), key="opens_at")
        return page_answer(
            query, candle_views(rows, market), CANDLE_OUT, key_of=lambda candle: candle.opens_at.isoformat()
        )


def _interval(query: ListQuery) -> str:
    if "interval" not in query.values:
        error = FieldError("?interval", "FIELD_MISSING", f"One of {', '.join(Candle.Interval.values)}.")
        raise Refusal("FILTER_INVALID", "A query parameter is missing.", errors=[error], status=400)
    interval: str = query.values["interval"][0]
    return interval
