"""What stands in an address of the back office for each name in it, and what a good form of each page holds.

An address with a new name, or a page that takes a form, fails until it stands here.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from accounts.models import Identity, StaffUser
from accounts.pages.identity import DEEDS
from core.models import AuditEntry
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
    "entity_id": lambda house, _page: house["own"]["entity_id"],
    "identity_id": lambda house, _page: house["own"]["identity_id"],
    "entry_id": lambda _house, _page: str(AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]),
}
# Names whose every value is a page of its own: the row of each has the value in its place.
SPELLED_OUT: dict[str, tuple[str, ...]] = {"deed": tuple(DEEDS)}


def _credit(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return {
        "omnibus": str(house.world.omnibus["USD"]),
        "profile": house["own"]["profile_id"],
        "amount": "10.00",
        "outside_reference": f"page-{uuid4().hex[:12]}",
        "value_date": "2026-03-02",
    }


def _deed(house: House, **said: Any) -> dict[str, Any]:
    identity = Identity.objects.get(pk=house["own"]["identity_id"])
    return {"version": identity.version, "note": "As the documents show.", **said}


def _decision(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return _deed(house, decision="APPROVED:REVIEWED")


def _check(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return _deed(house, check="ID_DOCUMENT", verdict="CLEAR", verifier="Our own team")


def _judgement(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return _deed(house, decision="ACCEPTED:GENUINE", document_id=house["own"]["document_id"])


def _control(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return _deed(house, kind="SELL_ONLY", reason_code="COMPLIANCE_KYC")


# By the name of the page; a page that is not here takes an empty form.
FORMS: dict[str, Callable[[House, StaffUser | None], dict[str, Any]]] = {
    "blotter-cancel": lambda house, _person: {"order": [house["own"]["order_id"]], "next": "/ops/blotter"},
    "deposit-credit": _credit,
    "report-ask": lambda _house, _person: {"business_date": "2026-03-01", "reason": "Tests"},
    "identity-deed:decide": _decision,
    "identity-deed:rate": lambda house, _person: _deed(house, rating="HIGH", reason="A new business."),
    "identity-deed:check": _check,
    "identity-deed:judge": _judgement,
    "identity-deed:control": _control,
    "identity-deed:clear": lambda house, _person: _deed(house, control_id=house["own"]["control_id"]),
    "identity-deed:refresh": lambda house, _person: _deed(house, reason_code="REVIEWED"),
    "identity-deed:add-member": lambda house, _person: _deed(house, profile=house["own"]["profile_id"], role="TRUSTEE"),
    "identity-deed:end-member": lambda house, _person: _deed(house, member_id=house["own"]["member_id"]),
    "preferences": lambda _house, _person: {"theme": "dark", "next": "/ops/"},
}
# Pages that everybody may send to without anything of the business being written: they change the visitor's own session.
OWN_SESSION = {"preferences", "sign-in", "sign-out"}
# Pages that are read and yet leave an entry: who took what with them is on the record.
RECORDED = {"report-file", "audit-export"}
