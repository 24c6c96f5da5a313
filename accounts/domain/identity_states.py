"""The life of an identity, of its documents and of its checks: which moves there are, and who may make them.

Pure tables: the database ties each status to its companion columns, the operations hold the row while they move it.
"""

from collections.abc import Iterable, Mapping

IDENTITY_MOVES: Mapping[str, frozenset[str]] = {
    "PENDING": frozenset({"APPROVED", "DENIED"}),
    "DENIED": frozenset({"PENDING"}),
    "APPROVED": frozenset({"DISABLED"}),
    "DISABLED": frozenset({"APPROVED"}),
}

DOCUMENT_MOVES: Mapping[str, frozenset[str]] = {
    "PENDING": frozenset({"ACCEPTED", "REFUSED"}),
    # A document that was taken for good may turn out not to be.
    "ACCEPTED": frozenset({"REFUSED"}),
    "REFUSED": frozenset(),
}

PERSON_CHECKS: Mapping[str, tuple[str, ...]] = {
    "LOW": ("ID_DOCUMENT", "ADDRESS", "SANCTIONS", "PEP"),
    "MEDIUM": ("ID_DOCUMENT", "ADDRESS", "SANCTIONS", "PEP", "ADVERSE_MEDIA"),
    "HIGH": ("ID_DOCUMENT", "ADDRESS", "SANCTIONS", "PEP", "ADVERSE_MEDIA", "SOURCE_OF_FUNDS"),
}

INSTITUTION_CHECKS: Mapping[str, tuple[str, ...]] = {
    "LOW": ("ID_DOCUMENT", "ADDRESS", "SANCTIONS", "TAX_ID", "CONTROL_PERSON"),
    "MEDIUM": ("ID_DOCUMENT", "ADDRESS", "SANCTIONS", "TAX_ID", "CONTROL_PERSON", "ADVERSE_MEDIA"),
    "HIGH": (
        "ID_DOCUMENT", "ADDRESS", "SANCTIONS", "PEP", "TAX_ID", "CONTROL_PERSON", "ADVERSE_MEDIA", "SOURCE_OF_FUNDS",
    ),
}  # fmt: skip

REQUIRED_CHECKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "PERSON": PERSON_CHECKS,
    "INSTITUTION": INSTITUTION_CHECKS,
}
"""Kind and risk rating -> the checks that have to be CLEAR before an identity is approved without a person's judgement."""

# Which details each check looked at: when one changes, what was found about the old one says nothing about the new.
CHECKS_OF_DETAIL: Mapping[str, tuple[str, ...]] = {
    "full_name": ("ID_DOCUMENT", "SANCTIONS", "PEP", "ADVERSE_MEDIA", "CONTROL_PERSON"),
    "date_of_birth": ("ID_DOCUMENT", "SANCTIONS", "PEP"),
    "address": ("ADDRESS",),
    "national_id": ("ID_DOCUMENT",),
    "tax_id": ("TAX_ID",),
    "email": (),
    "phone": (),
}

# The house may rely on what it, or a vendor it chose, has found; what a client passed through, a person looks at.
COUNTED_METHODS = frozenset({"INTERNAL", "VENDOR"})


def can_move(before: str, after: str) -> bool:
    """Whether an identity may go from ``before`` to ``after``."""
    return after in IDENTITY_MOVES[before]


def can_decide_document(before: str, after: str) -> bool:
    """Whether a document's verdict may go from ``before`` to ``after``."""
    return after in DOCUMENT_MOVES[before]


def required_checks(*, kind: str, risk_rating: str) -> tuple[str, ...]:
    """The checks that an identity of this kind and rating needs."""
    return REQUIRED_CHECKS[kind][risk_rating]


def reopened_checks(fields: Iterable[str]) -> tuple[str, ...]:
    """The checks that begin again when these details change, sorted."""
    return tuple(sorted({check for field in fields for check in CHECKS_OF_DETAIL[field]}))
