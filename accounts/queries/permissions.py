"""The one gate in front of everything that a client may be forbidden: the profile's own row says it, identities say why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts.domain.permissions import GRID, Action, CauseKind, Standing, Verdict, causes_of
from accounts.models import IdentityControl, Profile, ProfileMember
from core.domain.refusals import NotFound, Refusal


@dataclass(frozen=True, slots=True)
class Block:
    """One cause that stands against an action: which identity, its status or control, and what it says."""

    identity_id: UUID | None
    cause_kind: str
    cause: str
    action: Action
    verdict: Verdict

    def shape(self) -> dict[str, str | None]:
        """As a problem's ``meta`` names it. The reason of a control is not told: that could warn who is investigated."""
        return {
            "identity_id": None if self.identity_id is None else str(self.identity_id),
            "cause_kind": self.cause_kind,
            "cause": self.cause,
            "action": self.action.value,
        }


@dataclass(frozen=True, slots=True)
class Permission:
    """What a profile may do about one action, and everything that stands against it."""

    action: Action
    verdict: Verdict
    blocked_by: tuple[Block, ...]


def check_permission(*, profile_id: UUID, action: Action) -> Verdict:
    """ALLOWED or REVIEW for ``action``; refuses with ACTION_NOT_PERMITTED (422; action, identity_id, blocked_by) what is denied.

    REVIEW is for the caller: it goes on and has compliance decide. Refuses an unknown profile with ``NotFound``.
    """
    verdict = get_verdict(profile_id=profile_id, action=action)
    if verdict == Verdict.DENIED:
        raise refuse_action(profile_id=profile_id, action=action)
    return verdict


def get_verdict(*, profile_id: UUID, action: Action) -> Verdict:
    """What the profile's row says to ``action`` now; a closed profile is denied everything but to hold and to receive for
    review. Refuses an unknown profile with ``NotFound``.
    """
    found = Profile.objects.filter(pk=profile_id).values_list("status", "denied_actions", "reviewed_actions").first()
    if found is None:
        raise NotFound("profile")
    status, denied, reviewed = found
    if status != Profile.Status.OPEN:
        return Verdict.REVIEW if action == Action.RECEIVE else Verdict.DENIED
    if action.value in denied:
        return Verdict.DENIED
    return Verdict.REVIEW if action.value in reviewed else Verdict.ALLOWED


def refuse_action(*, profile_id: UUID, action: Action) -> Refusal:
    """The refusal of ``action``, with what stands against it now. Where nothing does any more, it says so by an empty list."""
    blocks = [block for block in _blocks(profile_id) if block.action == action and block.verdict == Verdict.DENIED]
    first = next((block.identity_id for block in blocks if block.identity_id is not None), None)
    causes = ", ".join(dict.fromkeys(block.cause for block in blocks))
    return Refusal(
        "ACTION_NOT_PERMITTED",
        f"The profile may not {action.value}: {causes or 'its permissions have just changed'}.",
        meta={
            "action": action.value,
            "identity_id": None if first is None else str(first),
            "blocked_by": [block.shape() for block in blocks],
        },
    )


def explain_permissions(*, profile_id: UUID) -> list[Permission]:
    """Every action of the grid with its verdict, and each cause that denies it or wants it reviewed, identity by identity."""
    if not Profile.objects.filter(pk=profile_id).exists():
        raise NotFound("profile")
    blocks = _blocks(profile_id)
    return [
        Permission(
            action,
            get_verdict(profile_id=profile_id, action=action),
            tuple(block for block in blocks if block.action == action),
        )
        for action in Action
    ]


def explain_identity(*, status: str, controls: Iterable[str]) -> Mapping[Action, Verdict]:
    """What an identity with this status and these active controls lets the profiles do that it owns."""
    causes = [(CauseKind.STATUS, status), *((CauseKind.CONTROL, kind) for kind in controls)]
    return {action: max((GRID[cause][action] for cause in causes), key=list(Verdict).index) for action in Action}


def _blocks(profile_id: UUID) -> list[Block]:
    blocks = [
        Block(
            identity_id,
            "PROFILE" if identity_id is None else kind.value,
            "NO_HOLDER" if identity_id is None else cause,
            action,
            GRID[kind, cause][action],
        )
        for identity_id, (kind, cause) in causes_of(list_standings(profile_id=profile_id))
        for action in Action
        if GRID[kind, cause][action] != Verdict.ALLOWED
    ]
    if Profile.objects.filter(pk=profile_id, status=Profile.Status.CLOSED).exists():
        blocks += [
            Block(None, "PROFILE", "CLOSED", action, Verdict.REVIEW if action == Action.RECEIVE else Verdict.DENIED)
            for action in Action
        ]
    return blocks


def list_standings(*, profile_id: UUID) -> list[Standing]:
    """The identities that are members of the profile now, with status and active controls, in the order they came."""
    members = list(
        ProfileMember.objects.filter(profile_id=profile_id, until__isnull=True)
        .order_by("id")
        .values_list("identity_id", "role", "identity__status")
    )
    controls: dict[UUID, set[str]] = {}
    active = IdentityControl.objects.filter(identity_id__in=[member[0] for member in members], cleared_at__isnull=True)
    for identity_id, kind in active.values_list("identity_id", "kind"):
        controls.setdefault(identity_id, set()).add(kind)
    return [
        Standing(identity_id, role, status, frozenset(controls.get(identity_id, ())))
        for identity_id, role, status in members
    ]
