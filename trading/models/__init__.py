from trading.models.candle import Candle, CandleCursor
from trading.models.dead_mans_switch import DeadMansSwitch
from trading.models.fee_assignment import FeeAssignment
from trading.models.fee_plan import FeePlan
from trading.models.fee_schedule import FeeSchedule, FeeTier
from trading.models.history import FeeScheduleHistory, FeeTierHistory, MarketHistory
from trading.models.instruction import Instruction
from trading.models.kill_switch import KillSwitch
from trading.models.market import Market
from trading.models.market_batch import MarketBatch
from trading.models.market_session import MarketSession
from trading.models.order import Order
from trading.models.order_event import OrderEvent
from trading.models.quote import Quote
from trading.models.quote_execution import QuoteExecution
from trading.models.quote_terms import QuoteSpread, QuoteTerms
from trading.models.ticker import Ticker
from trading.models.trade import Trade
from trading.models.traded_volume import EntityVolume, TradedVolume, VolumeCount

__all__ = [
    "Candle",
    "CandleCursor",
    "DeadMansSwitch",
    "EntityVolume",
    "FeeAssignment",
    "FeePlan",
    "FeeSchedule",
    "FeeScheduleHistory",
    "FeeTier",
    "FeeTierHistory",
    "Instruction",
    "KillSwitch",
    "Market",
    "MarketBatch",
    "MarketHistory",
    "MarketSession",
    "Order",
    "OrderEvent",
    "Quote",
    "QuoteExecution",
    "QuoteSpread",
    "QuoteTerms",
    "Ticker",
    "Trade",
    "TradedVolume",
    "VolumeCount",
]
