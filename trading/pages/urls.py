"""The addresses of the trading screens."""

from django.urls import path

from core.api import paths  # noqa: F401  (registers the path parts)
from trading.pages.blotter import cancel_chosen, show_blotter
from trading.pages.fees import ask_assignment, ask_schedule, show_fees
from trading.pages.holds import show_holds
from trading.pages.kill_switches import ask_release, engage, show_kill_switches
from trading.pages.market_acts import ask_reference, move_market
from trading.pages.markets import show_market, show_markets
from trading.pages.order import cancel_one, show_order
from trading.pages.quote_terms import ask_quote_terms, show_quote_terms, stop
from trading.pages.quotes import show_quote, show_quotes, withdraw
from trading.pages.trades import show_trades

urlpatterns = [
    path("blotter", show_blotter, name="blotter"),
    path("blotter/cancel", cancel_chosen, name="blotter-cancel"),
    path("trades", show_trades, name="trades"),
    path("orders/<uuid:order_id>", show_order, name="order"),
    path("orders/<uuid:order_id>/cancel", cancel_one, name="order-cancel"),
    path("ledger/<uuid:account_id>/holds", show_holds, name="ledger-holds"),
    path("fees", show_fees, name="fees"),
    path("fees/schedule", ask_schedule, name="fee-schedule"),
    path("fees/assignment", ask_assignment, name="fee-assignment"),
    path("quotes", show_quotes, name="quotes"),
    path("quotes/<uuid:quote_id>", show_quote, name="quote"),
    path("quotes/<uuid:quote_id>/withdraw", withdraw, name="quote-withdraw"),
    path("quotes/terms/<ref:symbol>", show_quote_terms, name="quote-terms"),
    path("quotes/terms/<ref:symbol>/ask", ask_quote_terms, name="quote-terms-ask"),
    path("quotes/terms/<ref:symbol>/stop", stop, name="quotes-stop"),
    path("kill-switches", show_kill_switches, name="kill-switches"),
    path("kill-switches/engage", engage, name="kill-switch-engage"),
    path("kill-switches/<uuid:switch_id>/release", ask_release, name="kill-switch-release"),
    path("markets", show_markets, name="markets"),
    path("markets/<ref:symbol>", show_market, name="market"),
    path("markets/<ref:symbol>/phase", move_market, name="market-phase"),
    path("markets/<ref:symbol>/reference", ask_reference, name="market-reference"),
]
