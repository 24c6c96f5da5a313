"""Clients as the desk sees them: entities with who stands behind them, identities with what is known and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.domain.identity_states import required_checks
from accounts.domain.permissions import GRID, Action, CauseKind, Verdict
from accounts.models import Entity, Identity, IdentityControl, IdentityDocument, IdentityVerification, ProfileMember
from accounts.queries.permissions import explain_identity
from core.domain.refusals import NotFound

# The tabs of the list of identities: what waits for somebody, and everything.
REVIEW, REFRESH, CONTROLLED, ALL = "REVIEW", "REFRESH", "CONTROLLED", "ALL"
TABS = (REVIEW, REFRESH, CONTROLLED, ALL)
_REFRESHING = (Identity.RefreshStatus.DUE, Identity.RefreshStatus.OVERDUE)
_NEVER_CLEAR = (IdentityVerification.Verdict.CONSIDER, IdentityVerification.Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity with the number of its profiles and the states of its identities."""

    entity: Entity
    profiles: int
    identities: int
    pending: int
    controls: Sequence[str]


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An identity with how many of its required checks are clear, what waits to be looked at, and its active controls."""

    identity: Identity
    clear: int
    required: int
    waiting_documents: int
    controls: Sequence[str]
    is_alarming: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of an identity: whether kind and rating require it, and the newest result, none where nobody has checked."""

    name: str
    is_required: bool
    result: IdentityVerification | None
    is_expired: bool


@dataclass(frozen=True, slots=True)
class ActionRow:
    """What an identity's status and controls say to one action, and which of them do not simply allow it."""

    action: Action
    verdict: Verdict
    causes: Sequence[str]


def list_entities(*, text: str = "") -> "QuerySet[Entity]":
    """The clients' entities whose name, reference or LEI has ``text`` in it; the caller orders and cuts."""
    entities = Entity.objects.filter(organisation__kind="CLIENT").select_related("organisation")
    if text:
        entities = entities.filter(Q(legal_name__icontains=text) | Q(reference__icontains=text) | Q(lei__iexact=text))
    return entities


def get_entity(entity_id: UUID) -> Entity:
    """The entity, whosever it is: for the house itself. Refuses one that is not there."""
    entity = Entity.objects.select_related("organisation").filter(pk=entity_id).first()
    if entity is None:
        raise NotFound("entity")
    return entity


def entity_rows(entities: Sequence[Entity]) -> list[EntityRow]:
    """What the list shows of ``entities``: three statements however many there are."""
    ids = [entity.pk for entity in entities]
    profiles = dict(Entity.objects.filter(pk__in=ids).annotate(number=Count("profiles")).values_list("pk", "number"))
    counted: dict[UUID, tuple[int, int]] = {
        pk: (number, pending)
        for pk, number, pending in Entity.objects.filter(pk__in=ids)
        .annotate(number=Count("identities"), pending=Count("identities", filter=Q(identities__status="PENDING")))
        .values_list("pk", "number", "pending")
    }
    controls: dict[UUID, set[str]] = {}
    active = IdentityControl.objects.filter(identity__entity_id__in=ids, cleared_at__isnull=True)
    for entity_id, kind in active.values_list("identity__entity_id", "kind"):
        controls.setdefault(entity_id, set()).add(kind)
    return [
        EntityRow(entity, profiles[entity.pk], *counted[entity.pk], sorted(controls.get(entity.pk, ())))
        for entity in entities
    ]


def list_desk_identities(*, tab: str, text: str = "") -> "QuerySet[Identity]":
    """The identities of a tab whose reference or entity has ``text`` in its name; the caller orders and cuts."""
    identities = Identity.objects.select_related("entity").filter(_of_tab(tab))
    if text:
        identities = identities.filter(
            Q(reference__icontains=text) | Q(entity__legal_name__icontains=text) | Q(entity__reference__icontains=text)
        )
    return identities


def list_identities_of_subjects(subject_ids: Iterable[UUID]) -> "QuerySet[Identity]":
    """Whose details these are; newest first."""
    return Identity.objects.select_related("entity").filter(subject_id__in=list(subject_ids)).order_by("-pk")


def count_tabs() -> dict[str, int]:
    """How many identities each tab has, in one statement."""
    return Identity.objects.aggregate(**{tab: Count("pk", filter=_of_tab(tab)) for tab in TABS})


def _of_tab(tab: str) -> Q:
    if tab == REVIEW:
        waiting = IdentityDocument.objects.filter(identity_id=OuterRef("pk"), verdict="PENDING")
        return Q(status="PENDING") | Q(Exists(waiting))
    if tab == REFRESH:
        return Q(refresh_status__in=_REFRESHING)
    if tab == CONTROLLED:
        return Q(Exists(IdentityControl.objects.filter(identity_id=OuterRef("pk"), cleared_at__isnull=True)))
    return Q()


def identity_rows(identities: Sequence[Identity], *, today: date) -> list[IdentityRow]:
    """What the list shows of ``identities``: three statements however many there are."""
    ids = [identity.pk for identity in identities]
    newest: dict[UUID, dict[str, IdentityVerification]] = {}
    results = IdentityVerification.objects.filter(identity_id__in=ids)
    for result in results.order_by("identity_id", "check_kind", "-identity_version").distinct(
        "identity_id", "check_kind"
    ):
        newest.setdefault(result.identity_id, {})[result.check_kind] = result
    documents = dict(
        IdentityDocument.objects.filter(identity_id__in=ids, verdict="PENDING")
        .values_list("identity_id")
        .annotate(number=Count("pk"))
    )
    controls: dict[UUID, list[str]] = {}
    active = IdentityControl.objects.filter(identity_id__in=ids, cleared_at__isnull=True).order_by("kind")
    for identity_id, kind in active.values_list("identity_id", "kind"):
        controls.setdefault(identity_id, []).append(kind)
    rows = []
    for identity in identities:
        checks = check_rows(identity, newest.get(identity.pk, {}), today=today)
        required = [check for check in checks if check.is_required]
        rows.append(
            IdentityRow(
                identity,
                clear=sum(is_clear(check) for check in required),
                required=len(required),
                waiting_documents=documents.get(identity.pk, 0),
                controls=controls.get(identity.pk, []),
                is_alarming=any(check.result is not None and check.result.verdict in _NEVER_CLEAR for check in checks),
            )
        )
    return rows


def check_rows(identity: Identity, newest: Mapping[str, IdentityVerification], *, today: date) -> list[CheckRow]:
    """The checks that the identity needs, in their order, and behind them those it has had besides."""
    required = required_checks(kind=identity.kind, risk_rating=identity.risk_rating)
    names = [*required, *sorted(set(newest) - set(required))]
    return [CheckRow(name, name in required, newest.get(name), _is_expired(newest.get(name), today)) for name in names]


def is_clear(check: CheckRow) -> bool:
    """Whether the newest result is CLEAR and still good."""
    return check.result is not None and check.result.verdict == "CLEAR" and not check.is_expired


def _is_expired(result: IdentityVerification | None, today: date) -> bool:
    return result is not None and result.expires_date is not None and result.expires_date < today


def list_active_controls(identity: Identity) -> "QuerySet[IdentityControl]":
    """The controls in force, oldest first."""
    return IdentityControl.objects.filter(identity=identity, cleared_at__isnull=True).order_by("pk")


def list_past_controls(identity: Identity, *, limit: int = 50) -> "QuerySet[IdentityControl]":
    """The controls that were cleared, newest first."""
    return IdentityControl.objects.filter(identity=identity, cleared_at__isnull=False).order_by("-pk")[:limit]


def list_memberships(identity: Identity) -> "QuerySet[ProfileMember]":
    """The roles that the identity has or had at profiles; those in force first."""
    members = ProfileMember.objects.filter(identity=identity).select_related("profile")
    return members.order_by("-until", "pk")


def action_rows(identity: Identity, controls: Iterable[IdentityControl]) -> list[ActionRow]:
    """For each action what the identity's status and ``controls`` say together, and which of them stand against it."""
    kinds = [control.kind for control in controls]
    causes = [(CauseKind.STATUS, identity.status), *((CauseKind.CONTROL, kind) for kind in kinds)]
    return [
        ActionRow(action, verdict, [cause[1] for cause in causes if GRID[cause][action] != Verdict.ALLOWED])
        for action, verdict in explain_identity(status=identity.status, controls=kinds).items()
    ]
