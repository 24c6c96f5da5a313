"""The tone of every state that a page shows as a chip: what is well, failed, waiting for a person, under
way, over.

A tone belongs to a noun and a state, because the same word means different things: a market that is OPEN is
well, an order that is OPEN is under way, a break that is OPEN waits for somebody. A state without a tone is
a bug and raises.
"""

from enum import StrEnum


class Tone(StrEnum):
    """How a chip is coloured; the word beside the dot says the state, so colour is never alone."""

    OK = "ok"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"
    MUTE = "mute"


TONES: dict[str, dict[str, Tone]] = {
    "order": {
        "PENDING": Tone.INFO,
        "DORMANT": Tone.MUTE,
        "OPEN": Tone.INFO,
        # An open order that has traded: a page's own state, for the model knows one OPEN.
        "PART_FILLED": Tone.WARN,
        "FILLED": Tone.OK,
        "CANCELLED": Tone.MUTE,
        "EXPIRED": Tone.MUTE,
        "REJECTED": Tone.BAD,
    },
    "quote": {"ACTIVE": Tone.INFO, "EXECUTED": Tone.OK, "EXPIRED": Tone.MUTE, "WITHDRAWN": Tone.BAD},
    # Whether the house quotes a market.
    "quoting": {"ON": Tone.OK, "OFF": Tone.MUTE},
    "instruction": {"PENDING": Tone.INFO, "APPLIED": Tone.OK, "REFUSED": Tone.BAD},
    "trade": {"SETTLED": Tone.OK},
    "phase": {
        "CLOSED": Tone.MUTE,
        "AUCTION": Tone.WARN,
        "OPEN": Tone.OK,
        "POST_ONLY": Tone.WARN,
        "CANCEL_ONLY": Tone.WARN,
        "HALTED": Tone.BAD,
    },
    "session": {
        "PLANNED": Tone.INFO,
        "RUNNING": Tone.OK,
        "OVER": Tone.MUTE,
        "SKIPPED": Tone.WARN,
        "WITHDRAWN": Tone.MUTE,
    },
    "kill_switch": {"ENGAGED": Tone.BAD, "RELEASED": Tone.MUTE},
    "deposit": {
        "DETECTED": Tone.INFO,
        "UNDER_REVIEW": Tone.WARN,
        "CREDITED": Tone.OK,
        "RETURNING": Tone.INFO,
        "RETURNED": Tone.MUTE,
        "REVERSED": Tone.BAD,
        "FAILED": Tone.BAD,
    },
    # Why a deposit is under review.
    "deposit_review": {
        "UNATTRIBUTED": Tone.WARN,
        "TRAVEL_RULE": Tone.WARN,
        "SCREENING": Tone.BAD,
        "PERMISSION": Tone.WARN,
        "BELOW_MINIMUM": Tone.WARN,
    },
    "deposit_instruction": {"ACTIVE": Tone.OK, "RETIRED": Tone.MUTE},
    "withdrawal": {
        "IN_REVIEW": Tone.WARN,
        "AWAITING_APPROVAL": Tone.WARN,
        "APPROVED": Tone.INFO,
        "SENT": Tone.INFO,
        "COMPLETED": Tone.OK,
        "ERRORED": Tone.BAD,
        "FAILED": Tone.BAD,
        "CANCELLED": Tone.MUTE,
        "REJECTED": Tone.BAD,
        "RETURNED": Tone.MUTE,
    },
    "rail": {"ON": Tone.OK, "OFF": Tone.BAD},
    # Where dated terms stand: a rail's, a fee, a limit.
    "terms": {
        "TO_COME": Tone.INFO,
        "IN_FORCE": Tone.OK,
        "OVER": Tone.MUTE,
        "LIFTED": Tone.MUTE,
        "SUPERSEDED": Tone.MUTE,
    },
    "destination": {"PENDING": Tone.WARN, "ACTIVE": Tone.OK, "REMOVED": Tone.MUTE},
    "screening": {"PENDING": Tone.INFO, "CLEAR": Tone.OK, "HIT": Tone.BAD},
    "transfer": {
        "AWAITING_APPROVAL": Tone.WARN,
        "EXECUTED": Tone.OK,
        "REJECTED": Tone.BAD,
        "CANCELLED": Tone.MUTE,
        "FAILED": Tone.BAD,
        "REVERSED": Tone.MUTE,
    },
    "journal": {
        "DRAFT": Tone.INFO,
        "SUBMITTED": Tone.WARN,
        "POSTED": Tone.OK,
        "REJECTED": Tone.BAD,
        "CANCELLED": Tone.MUTE,
        "REVERSED": Tone.MUTE,
    },
    "check": {"HOLDS": Tone.OK, "NOT_ALL_CHECKED": Tone.WARN, "BREACHED": Tone.BAD},
    "ledger_account": {"OPEN": Tone.OK, "CLOSED": Tone.MUTE},
    "business_day": {"OPEN": Tone.INFO, "CLOSING": Tone.WARN, "CLOSED": Tone.OK},
    "statement": {"ISSUED": Tone.OK, "SUPERSEDED": Tone.MUTE},
    "gate": {"WAITING": Tone.WARN, "PASSED": Tone.OK},
    "reconciliation": {"BALANCED": Tone.OK, "OPEN": Tone.WARN, "FAILED": Tone.BAD},
    "break": {"OPEN": Tone.WARN, "CARRIED": Tone.MUTE, "CLOSED": Tone.MUTE},
    "credential": {"ACTIVE": Tone.OK, "NO_SECRET": Tone.WARN, "EXPIRED": Tone.MUTE, "REVOKED": Tone.MUTE},
    "webhook": {"ACTIVE": Tone.OK, "FAILING": Tone.WARN, "PAUSED": Tone.MUTE, "BROKEN": Tone.BAD},
    "delivery": {"PENDING": Tone.INFO, "RETRYING": Tone.WARN, "DELIVERED": Tone.OK, "EXHAUSTED": Tone.BAD},
    "entity": {"ACTIVE": Tone.OK, "CLOSED": Tone.MUTE},
    "profile": {"OPEN": Tone.OK, "CLOSED": Tone.MUTE},
    "identity": {"PENDING": Tone.WARN, "APPROVED": Tone.OK, "DENIED": Tone.BAD, "DISABLED": Tone.MUTE},
    "risk": {"LOW": Tone.MUTE, "MEDIUM": Tone.INFO, "HIGH": Tone.WARN},
    "refresh": {"NOT_DUE": Tone.MUTE, "DUE": Tone.WARN, "OVERDUE": Tone.BAD},
    "verification": {
        "PENDING": Tone.INFO,
        "CLEAR": Tone.OK,
        "CONSIDER": Tone.WARN,
        "FAILED": Tone.BAD,
        "ERROR": Tone.BAD,
    },
    "document": {"PENDING": Tone.WARN, "ACCEPTED": Tone.OK, "REFUSED": Tone.BAD},
    "control": {"SELL_ONLY": Tone.WARN, "CLOSED": Tone.MUTE, "FROZEN": Tone.BAD, "DORMANT": Tone.MUTE},
    # What the permission grid says to an action.
    "verdict": {"ALLOWED": Tone.OK, "REVIEW": Tone.WARN, "DENIED": Tone.BAD},
    "approval": {
        "PENDING": Tone.WARN,
        "APPROVED": Tone.INFO,
        "REJECTED": Tone.BAD,
        "CANCELLED": Tone.MUTE,
        "EXPIRED": Tone.MUTE,
        "EXECUTED": Tone.OK,
        "FAILED": Tone.BAD,
    },
    "approval_decision": {"APPROVE": Tone.OK, "REJECT": Tone.BAD},
    "staff": {"INVITED": Tone.WARN, "ACTIVE": Tone.OK, "SUSPENDED": Tone.BAD, "LEFT": Tone.MUTE},
    "report_run": {
        "REQUESTED": Tone.INFO,
        "QUEUED": Tone.INFO,
        "RUNNING": Tone.INFO,
        "READY": Tone.OK,
        "FAILED": Tone.BAD,
    },
}


ABBREVIATIONS = frozenset({"CSV", "FOK", "GTC", "GTT", "ID", "IOC", "JSON", "TOTP"})


def tone_of(noun: str, state: str) -> Tone:
    """The tone of a noun's state. Raises ``KeyError`` for a state that nobody has given one."""
    return TONES[noun][state]


def word_of(state: str) -> str:
    """A state as a reader's word: ``CANCEL_ONLY`` -> ``Cancel only``, ``IOC_REMAINDER`` -> ``IOC remainder``."""
    words = state.split("_")
    told = [each if each in ABBREVIATIONS else each.lower() for each in words]
    return " ".join([told[0] if words[0] in ABBREVIATIONS else told[0].capitalize(), *told[1:]])
