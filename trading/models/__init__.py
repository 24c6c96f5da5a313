from trading.models.fee_schedule import FeeSchedule, FeeTier
from trading.models.history import FeeScheduleHistory, FeeTierHistory, MarketHistory
from trading.models.instruction import Instruction
from trading.models.market import Market
from trading.models.market_batch import MarketBatch
from trading.models.order import Order
from trading.models.order_event import OrderEvent
from trading.models.trade import Trade

__all__ = [
    "FeeSchedule",
    "FeeScheduleHistory",
    "FeeTier",
    "FeeTierHistory",
    "Instruction",
    "Market",
    "MarketBatch",
    "MarketHistory",
    "Order",
    "OrderEvent",
    "Trade",
]
