"""Controls on identities: which reasons there are, who may give them, and who may lift a control again. Pure."""

KINDS = ("SELL_ONLY", "CLOSED", "FROZEN", "DORMANT")
# What a client may say of itself and of those it acts for.
CLIENT_REASONS = ("END_USER_REQUEST", "INACTIVITY", "ONBOARDING_INCOMPLETE", "RISK_FRAUD", "ADMINISTRATIVE", "OTHER")
# What the firm alone says.
FIRM_REASONS = ("COMPLIANCE_KYC", "COMPLIANCE_EDD", "COMPLIANCE_SCREENING", "COMPLIANCE_INVESTIGATION", "LEGAL_ORDER")
# A client is told these only of controls that it set itself: knowing could warn somebody who is looked at.
UNTOLD_REASONS = frozenset({"COMPLIANCE_SCREENING", "COMPLIANCE_INVESTIGATION", "LEGAL_ORDER", "RISK_FRAUD", "OTHER"})


def may_be_overridable(*, kind: str, reason_code: str) -> bool:
    """Whether a client may be let to lift such a control: never a freeze, never what a court or authority ordered."""
    return kind != "FROZEN" and reason_code != "LEGAL_ORDER"


def takes_approval_to_clear(*, kind: str, reason_code: str) -> bool:
    """Whether lifting it takes a second person of the firm."""
    return not may_be_overridable(kind=kind, reason_code=reason_code)


def may_client_clear(*, kind: str, reason_code: str, set_by: str, is_overridable: bool) -> bool:
    """Whether the client may lift it: what it set itself or what the firm made overridable, but for freezes and orders of law."""
    return may_be_overridable(kind=kind, reason_code=reason_code) and (set_by == "CLIENT" or is_overridable)
