from django.urls import path

from core.api import paths  # noqa: F401  (registers the path parts)
from trading.api.auction import AuctionView
from trading.api.book import BookView
from trading.api.cancel_all import CancelAllAfterView, CancelAllView
from trading.api.executions import ExecutionsView, ExecutionView
from trading.api.fees import FeesView
from trading.api.firm_fees import FeeAssignmentsView, FeeSchedulesView
from trading.api.firm_markets import FirmMarketParametersView, FirmMarketPhaseView, FirmReferencePriceView
from trading.api.instruction import InstructionView
from trading.api.kill_switches import KillSwitchesView, KillSwitchReleaseView
from trading.api.market_data import CandlesView, TickerView
from trading.api.markets import MarketsView, MarketTradesView, MarketView
from trading.api.order import OrderByClientIdView, OrderEventsView, OrderView
from trading.api.order_batch import OrderBatchView
from trading.api.orders import OrdersView
from trading.api.quotes import QuoteExecuteView, QuoteExecutionsView, QuotesView, QuoteView

urlpatterns = [
    path("orders", OrdersView.as_view(), name="orders"),
    path("orders/cancel-all", CancelAllView.as_view(), name="orders-cancel-all"),
    path("orders/cancel-all-after", CancelAllAfterView.as_view(), name="orders-cancel-all-after"),
    path("orders/batch", OrderBatchView.as_view(), name="order-batch"),
    path("orders/<uuid:order_id>", OrderView.as_view(), name="order"),
    path("instructions/<int:instruction_id>", InstructionView.as_view(), name="instruction"),
    path("orders/<uuid:order_id>/events", OrderEventsView.as_view(), name="order-events"),
    path(
        "orders/by-client-id/<uuid:profile_id>/<ref:client_order_id>",
        OrderByClientIdView.as_view(),
        name="order-by-client-id",
    ),
    path("markets", MarketsView.as_view(), name="markets"),
    path("markets/<ref:symbol>", MarketView.as_view(), name="market"),
    path("markets/<ref:symbol>/book", BookView.as_view(), name="book"),
    path("markets/<ref:symbol>/auction", AuctionView.as_view(), name="auction"),
    path("markets/<ref:symbol>/ticker", TickerView.as_view(), name="ticker"),
    path("markets/<ref:symbol>/candles", CandlesView.as_view(), name="candles"),
    path("markets/<ref:symbol>/trades", MarketTradesView.as_view(), name="market-trades"),
    path("executions", ExecutionsView.as_view(), name="executions"),
    path("executions/<uuid:trade_id>:<side:side>", ExecutionView.as_view(), name="execution"),
    path("quotes", QuotesView.as_view(), name="quotes"),
    path("quotes/<uuid:quote_id>", QuoteView.as_view(), name="quote"),
    path("quotes/<uuid:quote_id>/execute", QuoteExecuteView.as_view(), name="quote-execute"),
    path("quote-executions", QuoteExecutionsView.as_view(), name="quote-executions"),
    path("fees", FeesView.as_view(), name="fees"),
    path("firm/fee-schedules", FeeSchedulesView.as_view(), name="firm-fee-schedules"),
    path("firm/fee-assignments", FeeAssignmentsView.as_view(), name="firm-fee-assignments"),
    path("firm/kill-switches", KillSwitchesView.as_view(), name="firm-kill-switches"),
    path(
        "firm/kill-switches/<uuid:switch_id>/release", KillSwitchReleaseView.as_view(), name="firm-kill-switch-release"
    ),
    path("firm/markets/<ref:symbol>/parameters", FirmMarketParametersView.as_view(), name="firm-market-parameters"),
    path("firm/markets/<ref:symbol>/phase", FirmMarketPhaseView.as_view(), name="firm-market-phase"),
    path(
        "firm/markets/<ref:symbol>/reference-price",
        FirmReferencePriceView.as_view(),
        name="firm-market-reference-price",
    ),
]
