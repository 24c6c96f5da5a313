"""Trading in the break-glass admin: shown, never changed; phases and references go through the market's instructions."""

from django.contrib import admin

from core.admin import ReferenceAdmin, ShownAdmin
from trading.models import (
    Candle,
    CandleCursor,
    FeeSchedule,
    FeeTier,
    Instruction,
    Market,
    MarketBatch,
    Order,
    OrderEvent,
    Ticker,
    Trade,
)


@admin.register(Market)
class MarketAdmin(ReferenceAdmin):
    list_display = ("symbol", "phase", "tick_size", "lot_size", "sequence", "position", "last_price")
    corrigible = ("min_amount", "max_amount", "min_notional", "max_notional")


@admin.register(FeeTier)
class FeeTierAdmin(ShownAdmin):
    list_display = ("schedule", "from_volume", "maker_rate", "taker_rate")


@admin.register(Order)
class OrderAdmin(ShownAdmin):
    list_display = ("id", "market", "client_order_id", "side", "type", "status", "base_amount", "filled_base", "held")
    list_select_related = ("market",)


@admin.register(Instruction)
class InstructionAdmin(ShownAdmin):
    list_display = ("id", "market", "kind", "order_id", "initiator", "status", "position", "refusal", "attempts")
    list_select_related = ("market",)


@admin.register(OrderEvent)
class OrderEventAdmin(ShownAdmin):
    list_display = ("market", "sequence", "kind", "order_id", "before_status", "after_status", "hold_change", "reason")
    list_select_related = ("market",)


@admin.register(Trade)
class TradeAdmin(ShownAdmin):
    list_display = (
        "market",
        "sequence",
        "price",
        "base_amount",
        "quote_amount",
        "buyer_fee",
        "seller_fee",
        "traded_at",
    )
    list_select_related = ("market",)


admin.site.register([FeeSchedule, MarketBatch, Ticker, Candle, CandleCursor], ShownAdmin)
