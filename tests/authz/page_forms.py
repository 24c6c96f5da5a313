"""What stands in an address of the back office for each name in it, and what a good form of each page holds.

An address with a new name, or a page that takes a form, fails until it stands here.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from accounts.models import StaffUser
from settlement.models import LedgerAccount, ReconciliationRun
from tests.authz.house import House

PAGE_IDS: dict[str, Callable[[House, str], str]] = {
    "order_id": lambda house, _page: house["own"]["order_id"],
    "symbol": lambda house, _page: "BTC-USD",
    "account_id": lambda house, _page: str(LedgerAccount.objects.get(pk=house.world.omnibus["USD"]).pk),
    "run_id": lambda house, page: (
        str(ReconciliationRun.objects.first().pk) if page.startswith("reconciliation") else house["own"]["run_id"]  # type: ignore[union-attr]
    ),
    "name": lambda house, _page: house["own"]["name"],
    "code": lambda house, _page: "PROFILE_BALANCES",
}


def _credit(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return {
        "omnibus": str(house.world.omnibus["USD"]),
        "profile": house["own"]["profile_id"],
        "amount": "10.00",
        "outside_reference": f"page-{uuid4().hex[:12]}",
        "value_date": "2026-03-02",
    }


# By the name of the page; a page that is not here takes an empty form.
FORMS: dict[str, Callable[[House, StaffUser | None], dict[str, Any]]] = {
    "blotter-cancel": lambda house, _person: {"order": [house["own"]["order_id"]], "next": "/ops/blotter"},
    "deposit-credit": _credit,
    "report-ask": lambda _house, _person: {"business_date": "2026-03-01", "reason": "Tests"},
    "preferences": lambda _house, _person: {"theme": "dark", "next": "/ops/"},
}
# Pages that everybody may send to without anything of the business being written: they change the visitor's own session.
OWN_SESSION = {"preferences", "sign-in", "sign-out"}
