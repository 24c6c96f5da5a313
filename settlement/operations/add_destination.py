"""Keep an address or a bank account in a client's book."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.operations.keep_details import keep_details
from core.domain.refusals import FieldError, Refusal
from core.ids import new_id
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import Destination
from settlement.queries.rails import find_rail

OBJECT_TYPE = "settlement.destination"
# Of a beneficiary who is a person.
PERSONAL = ("full_name", "address", "national_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationTerms:
    """What is to be kept. ``details`` are a natural person's, for the vault; ``beneficiary_name`` is an institution's."""

    asset: str
    network: str
    label: str
    address: str
    beneficiary_kind: str
    beneficiary_country: str
    beneficiary_name: str = ""
    memo: str = ""
    wallet: str = ""
    vasp_name: str = ""
    vasp_lei: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def add_destination(*, entity_id: UUID, terms: DestinationTerms, actor: Actor, at: datetime) -> UUID:
    """Add it, PENDING until its cooling-off of ``DESTINATION_COOLING_HOURS`` is over. Joins the caller's transaction.

    Refuses a rail that is not there or is off (RAIL_DISABLED), a beneficiary without a name (REQUEST_INVALID), and what stands
    in the book already (409 ALREADY_EXISTS with destination_id).
    """
    is_person = terms.beneficiary_kind == Destination.BeneficiaryKind.PERSON
    _check_name(terms, is_person)
    rail = find_rail(asset=terms.asset, network=terms.network)
    if not rail.enabled:
        raise Refusal("RAIL_DISABLED", f"{terms.asset} does not leave by {terms.network} now.")
    destination = Destination(
        entity_id=entity_id,
        rail=rail,
        label=terms.label,
        address=terms.address,
        memo=terms.memo,
        beneficiary_kind=terms.beneficiary_kind,
        beneficiary_name="" if is_person else terms.beneficiary_name,
        beneficiary_country=terms.beneficiary_country,
        subject_id=new_id() if is_person else None,
        wallet=terms.wallet,
        vasp_name=terms.vasp_name,
        vasp_lei=terms.vasp_lei,
        usable_from=at + timedelta(hours=settings.DESTINATION_COOLING_HOURS),
        added_by=actor.id,
    )
    with transaction.atomic():
        _store(destination)
        if destination.subject_id is not None:
            keep_details(subject_id=destination.subject_id, details=terms.details, at=at)
        note_destination(destination, verb="add", topic="added", actor=actor, at=at)
    return destination.pk


def _check_name(terms: DestinationTerms, is_person: bool) -> None:
    name = terms.details.get("full_name", "") if is_person else terms.beneficiary_name
    strange = set(terms.details) - set(PERSONAL) if is_person else set(terms.details)
    if not name.strip() or strange:
        raise Refusal(
            "REQUEST_INVALID",
            "A person is named by details, an institution by its name.",
            errors=[FieldError("/beneficiary", "FIELD_INVALID", "Whom it is for is named.")],
            status=400,
        )


def _store(destination: Destination) -> None:
    try:
        with transaction.atomic():
            destination.save(force_insert=True)
    except IntegrityError as error:
        if "destination_is_unique" not in str(error):
            raise
        known = Destination.objects.exclude(status=Destination.Status.REMOVED).get(
            entity_id=destination.entity_id,
            rail=destination.rail,
            address=destination.address,
            memo=destination.memo,
        )
        raise Refusal(
            "ALREADY_EXISTS",
            "The book has this address already.",
            meta={"destination_id": str(known.pk)},
            status=409,
        ) from None


def note_destination(  # noqa: PLR0913 - an act has this many parts
    destination: Destination,
    *,
    verb: str,
    topic: str,
    actor: Actor,
    at: datetime,
    reason: str = "",
    approval_id: UUID | None = None,
) -> None:
    """One audit entry and one message of what became of a destination; nothing that says who a person is."""
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=destination.pk,
        at=at,
        changes=[
            {"field": "address", "before": None, "after": destination.address},
            {"field": "network", "before": None, "after": destination.rail.network},
            {"field": "status", "before": None, "after": destination.status},
            {"field": "usable_from", "before": None, "after": destination.usable_from.isoformat()},
        ],
        reason=reason,
        object_version=destination.version,
        approval_id=approval_id,
    )
    publish_message(
        topic=f"{OBJECT_TYPE}.{topic}",
        channel="TRANSFERS",
        entity_id=destination.entity_id,
        subject_type=OBJECT_TYPE,
        subject_id=destination.pk,
        payload={"label": destination.label, "status": destination.status},
    )
