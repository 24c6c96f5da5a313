"""The markets, and one market with its candles, ladder and tape."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.pages.history import read_history
from accounts.queries.approvals import list_pending_of_subject
from core import clock
from core.domain.refusals import Refusal
from core.domain.tones import tone_of, word_of
from core.pages.access import has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page
from core.templatetags.ops import MINUS, NONE, group_digits
from trading.domain.phase import MOVES, REASON_CODES
from trading.models import Candle, Market
from trading.queries.candles import Bar
from trading.queries.ladder import LEVELS, Level, MarketView, TapeTrade, get_market_view
from trading.queries.resting_orders import count_resting_orders
from trading.queries.tickers import TickerView

COLUMNS = (
    Column("symbol", "Market", link="address"),
    Column("market.phase", "Phase", "chip", noun="phase"),
    Column("market.last_price", "Last", "amount", scale="market.price_scale", unit="market.quote.code"),
    Column("market.reference_price", "Reference", "amount", scale="market.price_scale"),
    Column("market.tick_size", "Tick", "amount"),
    Column("market.lot_size", "Lot", "amount"),
    Column("market.min_amount", "Least", "amount", unit="market.base.code"),
    Column("market.max_amount", "Most", "amount", unit="market.base.code"),
    Column("market.fee_schedule.name", "Fees"),
    Column("market.sequence", "Events", "count"),
    Column("market.engine_at", "Last batch", "time"),
)


@require_GET
@staff_page(permission="desk.read")
def show_markets(request: HttpRequest) -> HttpResponse:
    """Every market with its phase, prices and terms."""
    markets = Market.objects.select_related("base", "quote", "fee_schedule")
    found = read_keyset_page(markets, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "title": "Markets",
        "context_line": "Where orders meet, with the phase each is in",
        "columns": COLUMNS,
        "page": found.map(_market_row),
        "empty": "No markets yet.",
    }
    return answer(request, "ops/list.html", context, parts=("list",))


@require_GET
@staff_page(permission="desk.read")
def show_market(request: HttpRequest, symbol: str) -> HttpResponse:
    """One market: candles of an interval, ladder of twelve levels a side, tape, phase and prices."""
    return answer_market(request, symbol)


def answer_market(
    request: HttpRequest, symbol: str, *, refusal: Refusal | None = None, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """The market's page; with what was refused, and what was typed, when it was acted upon."""
    interval = read_interval(request.GET.get("interval", ""))
    view = get_market_view(symbol, at=clock.now(), interval=interval)
    figures = describe_market(view)
    context = {
        "market": view.market,
        "figures": figures,
        "intervals": Candle.Interval.values,
        "interval": interval,
        "bars": json.dumps(figures["bars"], separators=(",", ":")),
        "asks": list(enumerate(_pad(figures["asks"])))[::-1],
        "bids": list(enumerate(_pad(figures["bids"]))),
        "history": read_history(view.market),
        "refusal": refusal,
        "typed": typed or {},
        **_acts(request, view.market),
    }
    return answer(
        request, "ops/trading/market.html", context, parts=("market",), status=refusal.status if refusal else 200
    )


def _acts(request: HttpRequest, market: Market) -> dict[str, Any]:
    """What the person may do with the market, and what that would touch."""
    may_halt, may_restrict, may_start = (
        has_permission(request, code) for code in ("market.halt", "market.cancel_only", "market.start")
    )
    waiting = list(list_pending_of_subject(subject_type="trading.market", subject_id=str(market.pk)))
    if not (may_halt or may_start):
        return {"waiting": waiting}
    moves = MOVES[market.phase]
    at_once = {"HALTED": may_halt, "CANCEL_ONLY": may_restrict and market.phase != "HALTED"}
    safe_moves = [phase for phase, may in at_once.items() if may and phase in moves]
    return {
        "waiting": waiting,
        "resting": count_resting_orders(market.pk),
        "safe_moves": safe_moves,
        "moves": [
            phase
            for phase in ("AUCTION", "OPEN", "POST_ONLY", "CANCEL_ONLY", "CLOSED")
            if may_start and phase in moves and (phase != "CANCEL_ONLY" or market.phase == "HALTED")
        ],
        "reasons": REASON_CODES,
        "may_start": may_start,
    }


def read_interval(text: str) -> str:
    """The interval of the candles that an address asks for; one minute unless it is one of them."""
    return text if text in Candle.Interval.values else Candle.Interval.M1


def _market_row(market: Market) -> dict[str, Any]:
    return {"symbol": market.symbol, "market": market, "address": reverse("ops:market", args=[market.symbol])}


def describe_market(view: MarketView) -> dict[str, Any]:
    """The market as text, ready to be shown: the page and the live feed say the same."""
    market = view.market
    deepest = max([level.total for levels in (view.asks, view.bids) for level in levels], default=None)
    levels = {
        side: [_describe_level(level, market, deepest) for level in side_levels]
        for side, side_levels in (("asks", view.asks), ("bids", view.bids))
    }
    return (
        levels
        | _describe_ticker(view.ticker, market)
        | {
            "bars": [_describe_bar(bar, market) for bar in view.bars],
            "trades": [_describe_trade(trade, market) for trade in view.trades],
            "phase": word_of(market.phase),
            "phase_tone": tone_of("phase", market.phase).value,
            "spread": _text(view.spread, market.price_scale),
            "sequence": f"{market.sequence:,}",
        }
    )


def _describe_ticker(ticker: TickerView, market: Market) -> dict[str, str]:
    """Best prices, last trade and the day: its volume in base, and how far the last price is from its first."""
    scale = market.price_scale
    change, tone = NONE, ""
    if ticker.day_open and ticker.last_price is not None:
        moved = ticker.last_price - ticker.day_open
        tone = "up" if moved > 0 else "down" if moved < 0 else ""
        sign = {"up": "+", "down": MINUS}.get(tone, "")
        percent = group_digits(f"{abs(moved) * 100 / ticker.day_open:.2f}")
        change = f"{sign}{group_digits(f'{abs(moved):.{scale}f}')} ({sign}{percent} %)"
    return {
        "last": _text(ticker.last_price, scale),
        "reference": _text(ticker.reference_price, scale),
        "change": change,
        "change_tone": tone,
        "bid": _side(ticker.best_bid, ticker.best_bid_size, market),
        "ask": _side(ticker.best_ask, ticker.best_ask_size, market),
        "high": _text(ticker.day_high, scale),
        "low": _text(ticker.day_low, scale),
        "volume": _text(ticker.day_base_volume, market.amount_scale),
    }


def _side(price: Decimal | None, size: Decimal | None, market: Market) -> str:
    return NONE if price is None else f"{_text(price, market.price_scale)} × {_text(size, market.amount_scale)}"


def _describe_bar(bar: Bar, market: Market) -> list[Any]:
    """When it opens (milliseconds), open, high, low, close and volume as plain text."""
    prices = (f"{price:.{market.price_scale}f}" for price in (bar.open, bar.high, bar.low, bar.close))
    return [int(bar.opens_at.timestamp()) * 1000, *prices, f"{bar.base_volume:.{market.amount_scale}f}"]


def _describe_level(level: Level, market: Market, deepest: Any) -> list[Any]:
    """Total, amount and price as text, and the width of the depth's bar in hundredths."""
    return [
        _text(level.total, market.amount_scale),
        _text(level.amount, market.amount_scale),
        _text(level.price, market.price_scale),
        int(level.total * 100 / deepest),
    ]


def _describe_trade(trade: TapeTrade, market: Market) -> list[str | None]:
    at = trade.traded_at
    return [
        str(trade.id),
        f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}",
        trade.taker_side,
        _text(trade.price, market.price_scale),
        _text(trade.base_amount, market.amount_scale),
    ]


def _text(value: Any, scale: int) -> str:
    return NONE if value is None else group_digits(f"{value:.{scale}f}")


def _pad(levels: list[Any]) -> list[Any]:
    return [*levels, *([["", "", "", 0]] * (LEVELS - len(levels)))]
