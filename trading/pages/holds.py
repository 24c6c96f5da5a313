"""What holds the reserved part of a ledger account, line by line: a part of the account's page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from core.domain.decimals import CONTEXT
from core.pages.access import has_permission, staff_page
from core.pages.answers import answer
from settlement.queries.accounts import get_account
from settlement.queries.withdrawals import list_holding_withdrawals, sum_held_by_withdrawals
from trading.queries.holds import list_holding_orders, sum_held_by_orders

MOST_SHOWN = 100


@require_GET
@staff_page(permission="ledger.read")
def show_holds(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The orders and the withdrawals that hold, each a line that leads to it; together they are what the account holds."""
    account = get_account(account_id)
    orders = list(list_holding_orders(account)[: MOST_SHOWN + 1])
    withdrawals = list(list_holding_withdrawals(account)[: MOST_SHOWN + 1])
    by_orders, by_withdrawals = sum_held_by_orders(account), sum_held_by_withdrawals(account)
    context = {
        "account": account,
        "orders": orders[:MOST_SHOWN],
        "withdrawals": withdrawals[:MOST_SHOWN],
        "is_cut": max(len(orders), len(withdrawals)) > MOST_SHOWN,
        "lines": min(len(orders), MOST_SHOWN) + min(len(withdrawals), MOST_SHOWN),
        "by_orders": by_orders,
        "by_withdrawals": by_withdrawals,
        # Nothing, unless the books are broken.
        "unexplained": CONTEXT.subtract(account.held, CONTEXT.add(by_orders, by_withdrawals)),
        "reads_withdrawals": has_permission(request, "withdrawal.read"),
        "reads_orders": has_permission(request, "desk.read"),
    }
    return answer(request, "ops/trading/holds.html", context)
