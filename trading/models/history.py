"""The history of markets and fees."""

from core.history import history_of
from trading.models.fee_schedule import FeeSchedule, FeeTier
from trading.models.market import Market

# What the matcher writes with each batch is history of its own, in the market's events.
MarketHistory = history_of(
    Market,
    fields=(
        "id", "symbol", "base", "quote", "fee_schedule", "tick_size", "lot_size", "price_scale", "amount_scale",
        "min_amount", "max_amount", "min_notional", "max_notional", "execution_band", "version", "created_at",
        "entry_band", "tick_step", "lot_step",
    ),
    left_out=(
        "phase", "sequence", "position", "engine_at", "reference_price", "last_price", "book_facts", "listed_facts",
        "updated_at", "auction_price", "auction_volume", "auction_imbalance",
    ),
    is_hot=True,
)  # fmt: skip
FeeScheduleHistory = history_of(
    FeeSchedule,
    fields=("id", "name", "schedule_version", "fee_scale", "in_force_from", "approval", "created_at"),
    left_out=(),
)
FeeTierHistory = history_of(
    FeeTier, fields=("id", "schedule", "from_volume", "maker_rate", "taker_rate", "created_at"), left_out=()
)
