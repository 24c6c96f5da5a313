"""How many would have to approve something, before anybody asks for it."""

from decimal import Decimal

from accounts.domain.approving import choose_tier, read_tiers
from accounts.models import ApprovalPolicy
from core.domain.refusals import Refusal


def count_required_approvals(*, action: str, value: Decimal) -> int:
    """By the policy in force, for ``value`` in the reporting asset. A day's limit may ask for more.

    Refuses an action without a policy with POLICY_MISSING.
    """
    policy = ApprovalPolicy.objects.filter(action=action).order_by("-policy_version").first()
    if policy is None:
        raise Refusal("POLICY_MISSING", f"No policy says who approves {action}.", meta={"action": action})
    return choose_tier(read_tiers(policy.tiers), value).approvals
