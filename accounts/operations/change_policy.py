"""Change who has to approve an action: itself an action under policy, POLICY_CHANGE."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.approvable import Description, Execution, Payload, known_actions
from accounts.domain.approving import ALWAYS_APPROVED, MOST_HOURS, Tier, TiersInvalid, read_tiers, tiers_json
from accounts.models import ApprovalPolicy
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.queries.staff_rights import count_holders
from core.domain.decimals import NumberInvalid, parse_decimal
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor, record_audit

ACTION = "POLICY_CHANGE"


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a policy says; ``daily_limit`` in the reporting asset, none: no such limit."""

    tiers: tuple[Tier, ...]
    expires_after_hours: int
    needs_reauthentication: bool
    daily_limit: Decimal | None = None


def change_policy(*, action: str, terms: PolicyTerms, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask for a further version of the policy of ``action``.

    Refuses what ``describe_policy_change`` refuses, and a change of a policy that is already asked for (409
    APPROVAL_ALREADY_PENDING).
    """
    policy = policy_in_force(action)
    payload = {
        "action": action,
        "replaces_version": str(policy.policy_version if policy else 0),
        "tiers": tiers_json(terms.tiers),
        "expires_after_hours": str(terms.expires_after_hours),
        "needs_reauthentication": terms.needs_reauthentication,
        "daily_limit": None if terms.daily_limit is None else f"{terms.daily_limit:f}",
    }
    wish = Wish(
        action=ACTION, subject_type="accounts.approval_policy", subject_id=action, payload=payload, reason=reason
    )
    with transaction.atomic(durable=True):
        return carry_out(wish=wish, actor=actor, at=at)


def policy_in_force(action: str) -> ApprovalPolicy | None:
    """The newest version of the action's policy."""
    return ApprovalPolicy.objects.filter(action=action).order_by("-policy_version").first()


def describe_policy_change(payload: Payload) -> Description:
    """What changes, old beside new.

    Refuses unknown actions (ACTION_UNKNOWN), unsound tiers (TIERS_INVALID), an end outside 1 to 720 hours
    (EXPIRY_OUT_OF_BOUNDS), an action that guards the others without approval (APPROVAL_IS_NEEDED), and tiers that ask for more
    people than hold the permission (TOO_FEW_APPROVERS): such a policy would close the action.
    """
    action = str(payload["action"])
    tiers = _refuse_terms(action, payload)
    _refuse_too_few(action, tiers)
    old = policy_in_force(action)
    before = _terms_in_words(old.tiers, old) if old else {}
    after = _terms_in_words(payload["tiers"], payload)
    names = [*(name for name in before if name not in after), *after]
    changes = [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
    effect = "Requests that wait keep the policy they were made under; from then on the new one applies."
    return Description(f"Change the policy of {action}", changes, effect)


def _refuse_terms(action: str, payload: Payload) -> tuple[Tier, ...]:
    if action not in known_actions() and policy_in_force(action) is None:
        raise Refusal("ACTION_UNKNOWN", f"There is no action {action}.")
    try:
        tiers = read_tiers(payload["tiers"])
        if payload["daily_limit"] is not None:
            parse_decimal(payload["daily_limit"])
    except (TiersInvalid, NumberInvalid) as error:
        raise Refusal("TIERS_INVALID", str(error)) from None
    hours = str(payload["expires_after_hours"])
    if not (hours.isascii() and hours.isdigit() and 1 <= int(hours) <= MOST_HOURS):
        raise Refusal("EXPIRY_OUT_OF_BOUNDS", f"A request expires after 1 to {MOST_HOURS} hours.")
    if action in ALWAYS_APPROVED and not tiers[0].approvals:
        raise Refusal("APPROVAL_IS_NEEDED", f"{action} guards the other actions: it always takes another person.")
    return tiers


def _refuse_too_few(action: str, tiers: tuple[Tier, ...]) -> None:
    """Who asks does not approve: the guards need one person more than approvals."""
    for tier in tiers:
        have, needed = count_holders(tier.permission), tier.approvals + (action in ALWAYS_APPROVED)
        if tier.approvals and have < needed:
            raise Refusal(
                "TOO_FEW_APPROVERS",
                f"{have} people hold {tier.permission}, and {needed} are needed.",
                meta={"permission": tier.permission, "have": have, "needed": needed},
            )


def _terms_in_words(tiers: Any, terms: "ApprovalPolicy | Payload") -> dict[str, str]:
    said = vars(terms) if isinstance(terms, ApprovalPolicy) else terms
    limit = said["daily_limit"]
    words = {f"from {tier['from_value']}": _tier_in_words(tier) for tier in tiers}
    return words | {
        "expires after": f"{said['expires_after_hours']} h",
        "second factor": "asked for" if said["needs_reauthentication"] else "not asked for",
        "limit a day": "none" if limit is None else f"{Decimal(limit).normalize():f}",
    }


def _tier_in_words(tier: dict[str, str]) -> str:
    return f"{tier['approvals']} with {tier['permission']}" if tier["approvals"] != "0" else "nobody"


def execute_policy_change(execution: Execution) -> dict[str, str]:
    """Put the next version in force. Refuses when another version came in between (409 POLICY_MOVED)."""
    said, action = execution.payload, str(execution.payload["action"])
    tiers = _refuse_terms(action, said)
    _refuse_too_few(action, tiers)
    old = policy_in_force(action)
    version = old.policy_version if old else 0
    if str(version) != said["replaces_version"]:
        raise Refusal("POLICY_MOVED", f"Version {version} is in force by now.", meta={"version": version}, status=409)
    policy = ApprovalPolicy.objects.create(
        action=action,
        policy_version=version + 1,
        tiers=said["tiers"],
        expires_after_hours=int(said["expires_after_hours"]),
        needs_reauthentication=said["needs_reauthentication"],
        daily_limit=None if said["daily_limit"] is None else Decimal(said["daily_limit"]),
        in_force_from=execution.at,
        approval_id=execution.approval_id if version else None,
    )
    record_audit(
        actor=execution.requester,
        action="accounts.approval_policy.change",
        object_type="accounts.approval_policy",
        object_id=policy.pk,
        at=execution.at,
        changes=[
            {"field": "policy_version", "before": str(version), "after": str(version + 1)},
            {"field": "tiers", "before": old.tiers if old else None, "after": policy.tiers},
        ],
        object_version=policy.policy_version,
        approval_id=execution.approval_id,
    )
    return {"policy_id": str(policy.pk), "policy_version": str(policy.policy_version)}
