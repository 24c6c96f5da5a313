"""Why an identity was decided as it was: a stable code for each move, never free text alone.

The codes are shown to the client; the note beside them is the house's own. A code that says what a report to the
authorities would say (suspicion, an order that must not be told) is not among them: such a decision takes
``INTERNAL_POLICY``, as tipping off is forbidden (FATF recommendation 21, Directive (EU) 2015/849 art. 39).
"""

from collections.abc import Mapping

CHECKS_CLEAR = "CHECKS_CLEAR"
"""Every check that kind and rating require is CLEAR: the only reason that the house itself may approve for."""

MOVE_REASONS: Mapping[tuple[str, str], frozenset[str]] = {
    ("PENDING", "APPROVED"): frozenset({CHECKS_CLEAR, "REVIEWED", "ENHANCED_REVIEW_COMPLETED"}),
    ("PENDING", "DENIED"): frozenset(
        {
            "ADVERSE_MEDIA",
            "COUNTRY_NOT_SERVED",
            "DOCUMENT_NOT_ACCEPTED",
            "DUPLICATE",
            "IDENTITY_NOT_ESTABLISHED",
            "INFORMATION_NOT_GIVEN",
            "INTERNAL_POLICY",
            "PEP_NOT_ACCEPTED",
            "SANCTIONS_MATCH",
            "SOURCE_OF_FUNDS_NOT_SHOWN",
        }
    ),
    ("DENIED", "PENDING"): frozenset({"NEW_INFORMATION", "DECIDED_IN_ERROR"}),
    ("APPROVED", "DISABLED"): frozenset(
        {"CLIENT_REQUEST", "DECEASED", "DISSOLVED", "INTERNAL_POLICY", "LEGAL_ORDER", "SANCTIONS_MATCH"}
    ),
    ("DISABLED", "APPROVED"): frozenset(
        {"CLIENT_REQUEST", "DECIDED_IN_ERROR", "LEGAL_ORDER_LIFTED", "REVIEWED", "SANCTIONS_MATCH_DISPELLED"}
    ),
}

# What a person decides by judgement is explained in a note.
NOTED_REASONS = frozenset({"REVIEWED", "ENHANCED_REVIEW_COMPLETED", "INTERNAL_POLICY", "DECIDED_IN_ERROR"})

REFRESH_REASONS = frozenset({CHECKS_CLEAR, "REVIEWED", "ENHANCED_REVIEW_COMPLETED"})

DOCUMENT_REASONS: Mapping[str, frozenset[str]] = {
    "ACCEPTED": frozenset({"GENUINE"}),
    "REFUSED": frozenset({"ALTERED", "EXPIRED", "INCOMPLETE", "NOT_LEGIBLE", "OTHER_PERSON", "WRONG_KIND"}),
}

DECISION_REASONS = tuple(sorted(frozenset().union(*MOVE_REASONS.values())))
DOCUMENT_REASON_CODES = tuple(sorted(frozenset().union(*DOCUMENT_REASONS.values())))


def reasons_of_move(before: str, after: str) -> frozenset[str]:
    """The codes that may explain this move; none when there is no such move."""
    return MOVE_REASONS.get((before, after), frozenset())
