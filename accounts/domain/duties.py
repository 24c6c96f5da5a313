"""What members of staff may do, and the roles that group it: pure data. Code asks for a permission, never for a role.

A permission is ``noun.verb``. ``CONFLICTS`` are the duties that no single role may hold together: who starts a movement of money
does not decide it (``role_keeps_duties_apart``).
"""

from collections.abc import Collection, Mapping

PERMISSIONS: Mapping[str, str] = {
    "desk.read": "see orders, trades, markets, profiles and balances",
    "order.cancel": "cancel a client's order",
    "identity.read": "see identities with their checks and controls, personal details masked",
    "identity.reveal": "see personal details in full; each look is recorded",
    "identity.write": "open accounts and keep identities, checks and documents",
    "identity.decide": "approve, deny and disable an identity, and rate its risk",
    "control.set": "set a control on an identity",
    "control.clear": "clear a control, or ask for it",
    "control.clear.approve": "decide on clearing a control",
    "deposit.read": "see deposits",
    "deposit.credit": "ask that a deposit be entered that no feed has told of",
    "deposit.release": "release a deposit that is under review",
    "deposit.return": "send a deposit back",
    "deposit.attribute": "say whose a deposit is, and who sent it",
    "deposit.reverse": "ask to take a credited deposit back that was recalled",
    "deposit.approve": "decide on what was asked about a deposit",
    "withdrawal.read": "see withdrawals",
    "withdrawal.enter": "enter a withdrawal for a client",
    "withdrawal.review": "release a withdrawal from review, or reject it",
    "withdrawal.retry": "have a withdrawal sent again that failed, or give it up",
    "withdrawal.approve": "decide on a withdrawal",
    "destination.read": "see where clients have value sent, personal details masked",
    "destination.hasten": "ask to end a destination's cooling-off early",
    "destination.approve": "decide on ending a destination's cooling-off early",
    "limit.read": "see rails with their fees, what trading costs, and withdrawal limits with what is used of them",
    "limit.change": "ask to change a withdrawal limit, a rail or its fee, or what trading costs, and switch a rail off",
    "limit.approve": "decide on changing a withdrawal limit, a rail or its fee, and what trading costs",
    "transfer.read": "see internal transfers",
    "transfer.start": "move value between two profiles, or ask for it, and ask to reverse it",
    "transfer.approve": "decide on an internal transfer",
    "journal.start": "draft and submit journals, and ask to reverse them",
    "journal.approve": "decide on a journal",
    "ledger.read": "see ledger accounts, entries and the trial balance",
    "day.sign": "sign that a business day is reconciled",
    "day.approve": "sign a business day off, which closes it",
    "price.enter": "ask that an asset be valued at a price",
    "price.approve": "decide on the price that an asset is valued at",
    "reconciliation.read": "see reconciliations and breaks",
    "market.halt": "halt a market",
    "market.cancel_only": "let a market only cancel",
    "market.start": "ask to bring a market into another phase, to plan its sessions, and to change its rules or reference price",
    "market.approve": "decide on a market's phase, sessions, rules and reference price",
    "kill.engage": "engage a kill switch",
    "kill.release": "ask to release a kill switch",
    "kill.approve": "decide on releasing a kill switch",
    "quote.withdraw": "withdraw a quote, and stop quoting a market",
    "quote.change": "ask to change the terms of a market's quotes",
    "quote.approve": "decide on changing the terms of a market's quotes",
    "report.read": "see report runs and download their files",
    "report.run": "ask for a report",
    "statement.issue": "issue a client's statement, and re-issue one that changed",
    "staff.read": "see members of staff and their roles",
    "staff.write": "invite, suspend and resume members of staff, and end their work here",
    "role.grant": "ask to grant a role, or to end one",
    "role.approve": "decide on granting and ending a role",
    "policy.read": "see approval policies",
    "policy.change": "ask to change an approval policy",
    "policy.approve": "decide on changing an approval policy",
    "credential.read": "see API credentials",
    "credential.create": "ask for an API credential",
    "credential.revoke": "revoke an API credential",
    "credential.approve": "decide on creating an API credential",
    "webhook.read": "see webhook subscriptions and what was delivered to them",
    "webhook.write": "pause, resume and replay a client's webhook",
    "audit.read": "see the audit entries and check their seals",
    "approval.read": "see approval requests",
}

_READS_RECORD = ("ledger.read", "reconciliation.read", "report.read")
_STOPS = ("market.halt", "market.cancel_only", "kill.engage")
_READS_TERMS = ("limit.read", "destination.read")
_READS_STAFF = ("staff.read", "policy.read", "credential.read", "webhook.read")

ROLES: Mapping[str, tuple[str, ...]] = {
    "VIEWER": ("desk.read", "report.read"),
    "SUPPORT": ("desk.read", "identity.read", "report.read"),
    "OPERATIONS": (
        "desk.read", "identity.read", "deposit.read", "deposit.credit", "deposit.return", "deposit.attribute",
        "deposit.reverse", "withdrawal.read",
        "withdrawal.enter", "withdrawal.retry", *_READS_TERMS, "limit.change", "destination.hasten", "transfer.read",
        "transfer.start", "journal.start", "day.sign", "price.enter", *_READS_RECORD, "report.run",
        "statement.issue", *_STOPS, "approval.read",
    ),
    "TREASURER": (
        "desk.read", "identity.read", "deposit.read", "deposit.approve", "withdrawal.read", "withdrawal.approve",
        *_READS_TERMS, "limit.approve", "destination.approve", "transfer.read", "transfer.approve", "journal.approve",
        "day.approve", "price.approve", *_READS_RECORD, "approval.read",
    ),
    "DESK": (
        "desk.read", "order.cancel", *_STOPS, "market.start", "kill.release", "quote.withdraw", "quote.change", "report.read",
        "approval.read",
    ),
    "SUPERVISOR": (
        "desk.read", "limit.read", "order.cancel", *_STOPS, "market.approve", "kill.approve", "quote.withdraw",
        "quote.approve", "report.read", "approval.read",
    ),
    "COMPLIANCE": (
        "desk.read", "identity.read", "identity.reveal", "identity.write", "identity.decide", "control.set",
        "control.clear", "control.clear.approve", "deposit.read", "deposit.release", "withdrawal.read",
        "withdrawal.review", *_READS_TERMS, "transfer.read", *_READS_RECORD, "report.run", "statement.issue", *_STOPS,
        *_READS_STAFF, "audit.read", "approval.read",
    ),
    "AUDITOR": (
        "desk.read", "identity.read", "identity.reveal", "deposit.read", "withdrawal.read", *_READS_TERMS,
        "transfer.read", *_READS_RECORD, "report.run", "statement.issue", *_READS_STAFF, "audit.read", "approval.read",
    ),
    "ADMINISTRATOR": (
        *_READS_STAFF, "staff.write", "role.grant", "role.approve", "policy.change", "policy.approve",
        "credential.create", "credential.revoke", "credential.approve", "webhook.write", "approval.read",
    ),
}  # fmt: skip

# (what starts it, what decides it): client money in, out and from one to the other, the terms of it, and the books
# by hand.
CONFLICTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("deposit.credit", "deposit.return", "deposit.attribute", "deposit.reverse"), ("deposit.approve",)),
    (("withdrawal.enter", "withdrawal.retry"), ("withdrawal.approve",)),
    (("destination.hasten",), ("destination.approve",)),
    (("limit.change",), ("limit.approve",)),
    (("transfer.start",), ("transfer.approve",)),
    (("journal.start",), ("journal.approve",)),
    (("day.sign",), ("day.approve",)),
    (("price.enter",), ("price.approve",)),
)


def conflicts_of(permissions: Collection[str]) -> list[tuple[str, str]]:
    """The pairs of duties among ``permissions`` that ought to be kept apart: (starts, decides)."""
    return [
        (starts, decides)
        for starting, deciding in CONFLICTS
        for starts in starting
        for decides in deciding
        if starts in permissions and decides in permissions
    ]
