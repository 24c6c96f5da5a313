"""What stands in an address of the back office for each name in it, and what a good form of each page holds.

An address with a new name, or a page that takes a form, fails until it stands here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

from accounts.models import ApprovalRequest, Identity, StaffUser
from accounts.operations.create_profile import create_profile
from accounts.operations.invite_staff import invite_staff
from accounts.pages.identity import DEEDS as IDENTITY_DEEDS
from accounts.pages.webhooks import DEEDS as WEBHOOK_DEEDS
from compliance.pages.statement import KINDS
from core.clock import now
from core.domain.decimals import plain_text
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM
from settlement.gateways.arrivals import Sender
from settlement.models import Destination, Entry, LedgerAccount, Rail, ReconciliationRun
from settlement.operations.close_business_day import close_business_day
from settlement.pages.days import GATES
from settlement.pages.deposit_deeds import DEEDS as DEPOSIT_DEEDS
from settlement.pages.deposit_deeds import OF_MANY
from settlement.pages.journal import DEEDS as JOURNAL_DEEDS
from settlement.pages.withdrawal import DEEDS as WITHDRAWAL_DEEDS
from settlement.pages.withdrawals import OF_MANY as WITHDRAWALS_DEEDS
from tests.authz.house import House
from tests.desk import a_person
from tests.keys import a_credential
from tests.settlement.arriving import arrive
from trading.models import FeeSchedule, QuoteTerms

# Shut, and waiting for its signatures.
FIRST_DAY = date(2026, 3, 2)
PAGE_IDS: dict[str, Callable[[House, str], str]] = {
    "order_id": lambda house, _page: house["own"]["order_id"],
    "symbol": lambda house, _page: "BTC-USD",
    "quote_id": lambda house, _page: house["own"]["quote_id"],
    "switch_id": lambda house, _page: house["own"]["switch_id"],
    "account_id": lambda house, _page: str(LedgerAccount.objects.get(pk=house.world.omnibus["USD"]).pk),
    "run_id": lambda house, page: (
        str(ReconciliationRun.objects.first().pk) if page.startswith("reconciliation") else house["own"]["run_id"]  # type: ignore[union-attr]
    ),
    "name": lambda house, _page: house["own"]["name"],
    "code": lambda house, _page: "PROFILE_BALANCES",
    "entity_id": lambda house, _page: house["own"]["entity_id"],
    "identity_id": lambda house, _page: house["own"]["identity_id"],
    "entry_id": lambda _house, page: str(
        (Entry if page.startswith("ledger") else AuditEntry).objects.order_by("-pk").values_list("pk", flat=True)[0]
    ),
    "day": lambda _house, _page: FIRST_DAY.isoformat(),
    "deposit_id": lambda house, page: house["own"][
        "told_deposit_id" if page == "deposit-reveal" else "waiting_deposit_id"
    ],
    "instruction_id": lambda house, _page: house["own"]["instruction_id"],
    "withdrawal_id": lambda house, _page: house["own"]["withdrawal_id"],
    "destination_id": lambda house, page: house["own"][
        "person_destination_id" if page == "destination-reveal" else "destination_id"
    ],
    "rail_id": lambda house, _page: str(house.paying.rail_id),
    # The house is shown a first secret alone.
    "transfer_id": lambda house, _page: house["own"]["transfer_id"],
    "statement_id": lambda house, _page: house["own"]["statement_id"],
    "journal_id": lambda house, _page: house["own"]["journal_id"],
    "sha256": lambda house, _page: house["own"]["sha256"],
    "credential_id": lambda house, page: house["own"][
        "bare_credential_id" if page == "credential-secret" else "credential_id"
    ],
    "approval_id": lambda house, _page: house["own"]["approval_id"],
    "subscription_id": lambda house, _page: house["own"]["subscription_id"],
    "staff_id": lambda house, _page: house["firm"]["staff_id"],
    "token": lambda house, _page: house["firm"]["token"],
    # Of nobody: whoever is let in is told that there is none.
    "factor_id": lambda _house, _page: "1",
    "action": lambda _house, _page: "CREDENTIAL_CREATE",
}
# Names whose every value is a page of its own: page and name -> values; the row of each has the value in its place.
SPELLED_OUT: dict[tuple[str, str], tuple[str, ...]] = {
    ("identity-deed", "deed"): tuple(IDENTITY_DEEDS),
    ("deposit-deed", "deed"): tuple(DEPOSIT_DEEDS),
    ("deposits-deed", "deed"): OF_MANY,
    ("withdrawal-deed", "deed"): tuple(WITHDRAWAL_DEEDS),
    ("withdrawals-deed", "deed"): WITHDRAWALS_DEEDS,
    ("day-sign", "gate"): tuple(GATES),
    ("statement-content", "kind"): tuple(KINDS),
    ("journal-deed", "deed"): tuple(JOURNAL_DEEDS),
    ("webhook-deed", "deed"): tuple(WEBHOOK_DEEDS),
    ("staff-move", "verb"): ("suspend", "resume", "invite", "end"),
}


def prepare(house: House) -> None:
    """What the pages need beside what tenants hold: a deposit under review, a credential without a secret, somebody to
    act on, an invitation, a day that is over.
    """
    world, own = house.world, house["own"]
    # Nobody holds this profile, so that it may not simply receive.
    profile_id = create_profile(entity_id=own.client.entity_id, name="Waiting", reference="waiting", at=world.at)
    waiting = replace(own.client, profile_id=profile_id)
    own.holds["waiting_deposit_id"] = str(world.deposit(waiting, "USD", "5.00"))
    told = Sender(details={"full_name": "Nell Own", "address": "Kvarngatan 8"})
    deposit = arrive("BITCOIN", own.client.profile_id, sender=told)
    own.holds["told_deposit_id"], own.holds["instruction_id"] = str(deposit.pk), str(deposit.instruction_id)
    own.holds["bare_credential_id"] = str(a_credential(own.client.entity_id, ["orders:read"], label="Bare"))
    house["firm"].holds["staff_id"] = str(a_person("Somebody Else", "VIEWER").pk)
    invited = invite_staff(email="invited@example.com", name="Ivy Invited", actor=SYSTEM, at=now())
    house["firm"].holds["token"] = invited.token
    close_business_day(business_date=FIRST_DAY, at=now())


def _quote_terms(_house: House, _person: StaffUser) -> dict[str, Any]:
    newest = QuoteTerms.objects.order_by("-in_force_from").first()
    assert newest is not None
    return {
        "source": "REFERENCE", "enabled": "on", "ttl_seconds": "10", "max_amount": "1", "exposure_cap": "1000",
        "spreads": "0:20, 1:50", "reason": "Tests", "made_from": str(newest.pk),
    }  # fmt: skip


def _credit(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return {
        "omnibus": str(house.world.omnibus["USD"]),
        "profile": house["own"]["profile_id"],
        "amount": "10.00",
        "outside_reference": f"page-{uuid4().hex[:12]}",
        "value_date": "2026-03-02",
        "sender_account": "CH9300762011623852957",
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


def _opening(_house: House, _person: StaffUser | None) -> dict[str, Any]:
    return {
        "organisation_name": "Opened on a page",
        "kind": "PERSON",
        "reference": f"page-{uuid4().hex[:12]}",
        "country": "CH",
        "detail_full_name": "Pia Page",
        "profile_name": "Main",
        "profile_reference": "main",
    }


def _wanted_credential(house: House, _person: StaffUser | None) -> dict[str, Any]:
    return {"entity": house["own"]["entity_id"], "label": "From a page", "scopes": ["orders:read"], "reason": "Wanted."}


def _policy(_house: House, _person: StaffUser | None) -> dict[str, Any]:
    tier = {"from_0": "0", "approvals_0": "1", "permission_0": "credential.approve"}
    return {"expires_after_hours": "48", "needs_reauthentication": "on", "reason": "Longer.", **tier}


def _verdict(house: House, _person: StaffUser | None) -> dict[str, Any]:
    asked = ApprovalRequest.objects.get(pk=house["own"]["approval_id"])
    return {"verdict": "APPROVE", "payload_sha256": asked.payload_sha256, "note": ""}


def _verdicts(house: House, _person: StaffUser | None) -> dict[str, Any]:
    asked = ApprovalRequest.objects.get(pk=house["own"]["approval_id"])
    return {"verdict": "APPROVE", "approval": [f"{asked.pk}:{asked.payload_sha256}"], "note": ""}


def _transfer(house: House, _person: StaffUser | None) -> dict[str, Any]:
    own = house["own"]
    return {
        "from_profile": own["profile_id"],
        "to_profile": own["second_profile_id"],
        "asset": "USD",
        "amount": "1.00",
        "client_reference": f"page-{uuid4().hex[:12]}",
        "reason": "Asked by letter.",
    }


def _journal(house: House, _person: StaffUser | None) -> dict[str, Any]:
    account = LedgerAccount.objects.get(profile_id=house["own"]["profile_id"], asset__code="USD")
    return {
        "category": "CORRECTION",
        "reason": "Tests",
        "line_1-source": str(account.pk),
        "line_1-destination": str(house.world.omnibus["USD"]),
        "line_1-amount": "1.00",
        "deed": "draft",
    }


def _many(house: House, **said: Any) -> dict[str, Any]:
    return {"deposit": [house["own"]["waiting_deposit_id"]], "reason": "Looked at.", **said}


def _place(house: House, _person: StaffUser | None) -> dict[str, Any]:
    rail = Rail.objects.get(asset__code="USD", network="WIRE")
    return {"profile": house["own"]["profile_id"], "rail": str(rail.pk)}


def _limit(_house: House, _person: StaffUser | None) -> dict[str, Any]:
    return {"scope": "DEFAULT", "whom": "", "window": "ROLLING_24H", "value": "123456", "reason": "Wanted."}


def _schedule(_house: House, person: StaffUser | None) -> dict[str, Any]:
    terms = {"fee_scale": "2", "tiers": "0 0.001 0.002", "replaces": "0", "reason": "Wanted."}
    return terms | {"name": f"Page {uuid4().hex[:12]}"}


def _assignment(house: House, _person: StaffUser | None) -> dict[str, Any]:
    name = FeeSchedule.objects.order_by("created_at").values_list("name", flat=True)[0]
    return {"scope": "PROFILE", "whom": house["own"]["profile_id"], "schedule": name, "reason": "Wanted."}


def _rail(_house: House, _person: StaffUser | None) -> dict[str, Any]:
    terms = {"fee": "15", "min_withdrawal": "10", "min_deposit": "0", "confirmations": "2", "cut_off": "16:30"}
    return terms | {"enabled": "on", "reason": "Wanted."}


def _entry(house: House, _person: StaffUser | None) -> dict[str, Any]:
    own = house["own"]
    fee = Destination.objects.get(pk=own["own_destination_id"]).rail.fee_at(now())
    assert fee is not None
    return {
        "profile": own["profile_id"],
        "destination": own["own_destination_id"],
        "amount_kind": "NET",
        "amount": "10.00",
        "client_reference": f"page-{uuid4().hex[:12]}",
        "expected_fee": plain_text(fee.fee),
    }


# By the name of the page; a page that is not here takes an empty form.
FORMS: dict[str, Callable[[House, StaffUser | None], dict[str, Any]]] = {
    "blotter-cancel": lambda house, _person: {"order": [house["own"]["order_id"]], "next": "/ops/blotter"},
    "deposit-credit": _credit,
    **{f"withdrawal-deed:{deed}": lambda _house, _person: {"reason": "Looked at."} for deed in WITHDRAWAL_DEEDS},
    **{
        f"withdrawals-deed:{deed}": lambda house, _person: {
            "withdrawal": [house["own"]["withdrawal_id"]],
            "reason": "Looked at.",
        }
        for deed in WITHDRAWALS_DEEDS
    },
    "withdrawal-enter": _entry,
    "withdrawal-ask": _entry,
    "destination-hasten": lambda _house, _person: {"reason": "It cannot wait."},
    "destination-reveal": lambda _house, _person: {"fields_asked": ["full_name"], "reason": "The bank asks."},
    "limit-change": _limit,
    "fee-schedule": _schedule,
    "fee-assignment": _assignment,
    "rail-change": _rail,
    "rail-off": lambda _house, _person: {"reason": "The bank is in trouble."},
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
    "identity-reveal": lambda _house, _person: {"fields_asked": ["full_name"], "reason": "The client has called."},
    "identities-find": lambda _house, _person: {"text": "Nell Own"},
    "account-open": _opening,
    "credential-ask": _wanted_credential,
    "credential-revoke": lambda _house, _person: {"reason": "Lost."},
    "webhook-deed:pause": lambda _house, _person: {"reason": "Asked for."},
    "webhook-deed:resume": lambda _house, _person: {"reason": "Asked for."},
    "webhook-deed:replay": lambda _house, _person: {"after": "0", "reason": "Asked for."},
    "policy": _policy,
    "approval-decide": _verdict,
    "approvals-decide": _verdicts,
    "deposit-deed:attribute": lambda house, _person: {"profile": house["own"]["profile_id"], "reason": "By the name."},
    "deposit-deed:inform": lambda _house, _person: {"full_name": "Nell Own", "address": "Kvarngatan 8"},
    "deposit-deed:recall": lambda _house, _person: {"reason": "The sender's bank asks."},
    "deposits-deed:attribute": lambda house, _person: _many(house, profile=house["own"]["profile_id"]),
    "deposits-deed:release": lambda house, _person: _many(house),
    "deposits-deed:return": lambda house, _person: _many(house),
    "deposit-reveal": lambda _house, _person: {"fields_asked": ["full_name"], "reason": "The client has called."},
    "deposit-instruction-open": _place,
    "deposit-deed:release": lambda _house, _person: {"reason": "It is theirs."},
    "deposit-deed:return": lambda _house, _person: {"reason": "It is not theirs."},
    "deposit-deed:complete-return": lambda _house, _person: {"return_reference": "BACK-1"},
    "statement-issue": lambda house, _person: {
        "profile": house["own"]["profile_id"],
        "period_start": "2026-03-01",
        "period_end": "2026-03-01",
    },
    "statement-reissue": lambda _house, _person: {"reason": "A deposit came late."},
    "day-sign:reconciliation": lambda _house, _person: {"note": "All compared."},
    "day-sign:sign_off": lambda _house, _person: {"note": "Agreed."},
    "day-price-enter": lambda _house, _person: {"asset": "BTC", "price": "60000.00", "reason": "Tests"},
    "transfer-start": _transfer,
    "transfer-reverse": lambda _house, _person: {"reason": "Wrong profile."},
    "journal-draft": _journal,
    "journal-deed:reverse": lambda _house, _person: {"reason": "Twice."},
    "quote-withdraw": lambda _house, _person: {"reason": "The market moves."},
    "quote-terms-ask": _quote_terms,
    "quotes-stop": lambda _house, _person: {"reason": "The market moves."},
    "kill-switch-engage": lambda _house, _person: {"scope": "FIRM", "reason": "SYSTEM_FAULT", "note": "Tests"},
    "kill-switch-release": lambda _house, _person: {"reason": "Over"},
    "market-phase": lambda _house, _person: {"phase": "HALTED", "reason": "Tests"},
    "market-reference": lambda _house, _person: {"price": "60000.00", "reason": "Tests"},
    "staff-invite": lambda _house, _person: {"email": f"{uuid4().hex[:8]}@example.com", "name": "Nora New"},
    "staff-roles": lambda _house, _person: {"kind": "GRANT", "role": "SUPPORT", "reason": "Joins the team."},
    "staff-move:suspend": lambda _house, _person: {"reason": "Away."},
    "staff-move:resume": lambda _house, _person: {"reason": "Back."},
    "staff-move:invite": lambda _house, _person: {"reason": "The link is lost."},
    "staff-move:end": lambda _house, _person: {"reason": "Leaves."},
    "me-password": lambda _house, _person: {"password": "another quiet harbour at dusk"},
    "preferences": lambda _house, _person: {"theme": "dark", "next": "/ops/"},
}
# Pages that everybody may send to without anything of the business being written: they change the visitor's own session.
OWN_SESSION = {"preferences", "sign-in", "sign-out"}
# Pages that are read and yet leave an entry: who took what with them is on the record.
RECORDED = {
    "report-file",
    "statement-content:pdf",
    "statement-content:sheet",
    "statement-content:csv",
    "statement-content:json",
    "audit-export",
    "ledger-statement-export",
}
# Pages of whose refusals an entry of the audit, and nothing else, is written: a wrong factor, a decision that was not theirs.
RECORDED_REFUSALS = {"step-up", "approval-decide", "approvals-decide"}
