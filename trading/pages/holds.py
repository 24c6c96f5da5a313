"""What holds the reserved part of a ledger account, line by line: a part of the account's page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from core.domain.decimals import CONTEXT
from core.pages.access import has_permission, staff_page
from core.pages.answers import answer
from settlement.queries.accounts import get_account
from trading.queries.holds import list_holding_orders, sum_held_by_orders

MOST_SHOWN = 100


@require_GET
@staff_page(permission="ledger.read")
def show_holds(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The orders that hold, and what is left for withdrawals and the like; together they are what the account holds."""
    account = get_account(account_id)
    orders = list(list_holding_orders(account)[: MOST_SHOWN + 1])
    by_orders = sum_held_by_orders(account)
    context = {
        "account": account,
        "orders": orders[:MOST_SHOWN],
        "is_cut": len(orders) > MOST_SHOWN,
        "by_orders": by_orders,
        "elsewhere": CONTEXT.subtract(account.held, by_orders),
        "reads_orders": has_permission(request, "desk.read"),
    }
    return answer(request, "ops/trading/holds.html", context)
