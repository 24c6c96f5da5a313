"""What waits for somebody in the demo's house: clients not through the door yet, and requests that want a second person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.contracts import CheckResult, EntityTerms, IdentityTerms
from accounts.domain.credential_terms import CredentialTerms
from accounts.models import ApprovalRequest, Entity, StaffUser
from accounts.operations.create_credential import create_credential
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.operations.open_client import Opening, open_client
from accounts.operations.record_verification import record_verification
from accounts.operations.set_control import ControlWish, set_control
from config.demo import cast
from core.operations.record_audit import Actor
from trading.models import Market
from trading.operations.set_reference import set_reference

# An approval of so long ago is due for a refresh within the month: the risk of these clients is MEDIUM, 24 months.
LONG_AGO: Final = timedelta(days=710)
WAITING_PRICE: Final = ("USDC-USD", Decimal("1.0000"))


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A client who waits for compliance, or who is back before it."""

    reference: str
    legal_name: str
    country: str
    kind: str = "INSTITUTION"
    details: Mapping[str, str] = field(default_factory=dict)
    # Check -> verdict, as the house's own team found it.
    checks: Mapping[str, str] = field(default_factory=dict)
    is_long_approved: bool = False
    control: tuple[str, str] | None = None


NEWCOMERS: Final = (
    Newcomer(
        "harbourlight", "Harbourlight Shipping SA", "GR",
        checks={"ID_DOCUMENT": "CLEAR", "ADDRESS": "CLEAR", "SANCTIONS": "CLEAR", "ADVERSE_MEDIA": "CONSIDER"},
    ),
    Newcomer(
        "PC-2051", "", "DK", "PERSON",
        details={"full_name": "Solveig Rasmussen", "date_of_birth": "1979-08-14", "email": "solveig@example.org"},
        checks={"ID_DOCUMENT": "CLEAR"},
    ),
    Newcomer("old-mill", "Old Mill Investments Ltd", "GB", is_long_approved=True),
    Newcomer(
        "thornbury", "Thornbury Estates plc", "GB", is_long_approved=True, control=("DORMANT", "INACTIVITY"),
    ),
)  # fmt: skip


def bring_newcomers(*, organisation_id: UUID, at: datetime) -> int:
    """Open the accounts that are not there; answers how many were new."""
    known = set(Entity.objects.filter(organisation_id=organisation_id).values_list("reference", flat=True))
    missing = [newcomer for newcomer in NEWCOMERS if newcomer.reference not in known]
    for newcomer in missing:
        _open(newcomer, organisation_id, at)
    return len(missing)


def _open(newcomer: Newcomer, organisation_id: UUID, at: datetime) -> None:
    officer = _person(cast.COMPLIANCE)
    since = at - LONG_AGO if newcomer.is_long_approved else at
    opening = Opening(
        organisation_id=organisation_id,
        organisation_name="",
        entity=EntityTerms(newcomer.legal_name, newcomer.kind, newcomer.reference, newcomer.country),
        identity=IdentityTerms(newcomer.reference, newcomer.kind, newcomer.country, newcomer.details),
    )
    with transaction.atomic():
        opened = open_client(opening=opening, actor=officer, at=since)
        for check, verdict in newcomer.checks.items():
            result = CheckResult(
                check=check,
                method="INTERNAL",
                verdict=verdict,
                verifier="Onboarding",
                verifier_reference="",
                verified_at=since,
            )
            record_verification(identity_id=opened.identity_id, result=result, actor=officer, at=since)
        if newcomer.is_long_approved:
            decision = Decision("APPROVED", "REVIEWED", "A client of the demo.")
            decide_identity(identity_id=opened.identity_id, decision=decision, actor=officer, at=since)
        if newcomer.control is not None:
            wish = ControlWish(*newcomer.control)
            set_control(identity_id=opened.identity_id, wish=wish, set_by="OPERATOR", actor=officer, at=at)


def leave_requests(*, at: datetime) -> int:
    """Two requests that wait for another person: a reference price and a credential. Answers how many were new."""
    if ApprovalRequest.objects.filter(action__in=("REFERENCE_PRICE",)).exists():
        return 0
    symbol, price = WAITING_PRICE
    market_id = Market.objects.values_list("pk", flat=True).get(symbol=symbol)
    reason = "The last price is of a thin hour."
    entity_id = Entity.objects.values_list("pk", flat=True).get(reference="harbourlight")
    terms = CredentialTerms(label="Treasury program", scopes=("profiles:read",))
    set_reference(market_id=market_id, price=price, reason=reason, actor=_person(cast.DESK), at=at)
    with transaction.atomic():
        create_credential(
            entity_id=entity_id,
            terms=terms,
            reason="Asked for at onboarding.",
            actor=_person(cast.ADMINISTRATOR),
            at=at,
        )
    return 2


def _person(email: str) -> Actor:
    return Actor("PERSON", StaffUser.objects.get(email=email).pk)
