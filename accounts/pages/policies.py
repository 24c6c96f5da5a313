"""Approval policies: what is in force, how it came about, and the proposal of another."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.approvable import known_actions
from accounts.domain.approving import MOST_APPROVALS, MOST_HOURS, Tier, read_tiers
from accounts.domain.duties import PERMISSIONS
from accounts.models import ApprovalPolicy
from accounts.operations.change_policy import PolicyTerms, change_policy
from accounts.queries.approvals import newest_policies
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from core.pages.answers import answer

ROWS = 3
REASON_MOST = 200


class NumberField(forms.CharField):
    """A plain decimal; empty is none."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_decimal(text)
        except NumberInvalid:
            raise forms.ValidationError("This must be a plain number, as 10000.") from None


class PolicyForm(forms.Form):
    """A proposal: up to three tiers, of which the first begins at 0."""

    expires_after_hours = forms.IntegerField(label="A request expires after, hours", min_value=1, max_value=MOST_HOURS)
    daily_limit = NumberField(
        label="Limit a day, reporting asset",
        required=False,
        help_text="Above it the highest tier applies. Empty: none.",
    )
    needs_reauthentication = forms.BooleanField(label="Deciding takes a fresh second factor", required=False)
    reason = forms.CharField(label="Why", max_length=REASON_MOST)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        codes = sorted(code for code in PERMISSIONS if code.endswith(".approve"))
        known = {tier["permission"] for tier in self.initial.get("tiers", [])} - set(codes) - {""}
        for number in range(ROWS):
            is_first = number == 0
            self.fields[f"from_{number}"] = NumberField(label=f"Tier {number + 1} from", required=is_first)
            self.fields[f"approvals_{number}"] = forms.IntegerField(
                label=f"Tier {number + 1} approvals", min_value=0, max_value=MOST_APPROVALS, required=is_first
            )
            self.fields[f"permission_{number}"] = forms.ChoiceField(
                label=f"Tier {number + 1} permission",
                choices=[("", "nobody"), *((code, code) for code in sorted({*codes, *known}))],
                required=False,
            )

    def tier_rows(self) -> list[list[forms.BoundField]]:
        """The fields of each tier, for the page."""
        return [[self[f"{name}_{number}"] for name in ("from", "approvals", "permission")] for number in range(ROWS)]

    def other_fields(self) -> list[forms.BoundField]:
        """The fields that are of no tier."""
        return [self[name] for name in ("expires_after_hours", "daily_limit", "needs_reauthentication", "reason")]

    def terms(self) -> PolicyTerms:
        """What was proposed."""
        said = self.cleaned_data
        tiers = [
            Tier(said[f"from_{number}"], said[f"approvals_{number}"] or 0, said[f"permission_{number}"])
            for number in range(ROWS)
            if said[f"from_{number}"] is not None
        ]
        return PolicyTerms(
            tuple(tiers), said["expires_after_hours"], said["needs_reauthentication"], said["daily_limit"]
        )


def _initial(policy: ApprovalPolicy) -> dict[str, Any]:
    said: dict[str, Any] = {
        "tiers": policy.tiers,
        "expires_after_hours": policy.expires_after_hours,
        "needs_reauthentication": policy.needs_reauthentication,
        "daily_limit": "" if policy.daily_limit is None else f"{policy.daily_limit.normalize():f}",
    }
    for number, tier in enumerate(policy.tiers[:ROWS]):
        said |= {f"{name}_{number}": tier[key] for name, key in TIER_KEYS}
    return said


TIER_KEYS = (("from", "from_value"), ("approvals", "approvals"), ("permission", "permission"))


@require_GET
@staff_page(permission="policy.read")
def show_policies(request: HttpRequest) -> HttpResponse:
    """The policy in force of every action; actions without one are closed."""
    policies = newest_policies()
    context = {
        "policies": [{"policy": each, "tiers": read_tiers(each.tiers)} for each in policies.values()],
        "closed": [action for action in known_actions() if action not in policies],
    }
    return answer(request, "ops/accounts/policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="policy.read")
def show_policy(request: HttpRequest, action: str) -> HttpResponse:
    """One action's policy with all its versions; sent, the form asks for another version."""
    history = list(ApprovalPolicy.objects.filter(action=action).order_by("-policy_version"))
    if not history:
        raise NotFound("policy")
    may_propose = has_permission(request, "policy.change")
    form = PolicyForm(request.POST or None, initial=_initial(history[0]))
    status = 200
    if request.method == "POST":
        if not may_propose:
            raise NotFound("policy")
        asked = _ask(request, action, form) if form.is_valid() else None
        if asked is not None:
            return HttpResponseRedirect(asked)
        status = 422
    context = {
        "action": action,
        "policy": history[0],
        "tiers": read_tiers(history[0].tiers),
        "history": [{"policy": each, "tiers": read_tiers(each.tiers)} for each in history],
        "form": form if may_propose else None,
    }
    return answer(request, "ops/accounts/policy.html", context, status=status)


def _ask(request: HttpRequest, action: str, form: PolicyForm) -> str | None:
    """Ask for the change; the address of the request, or None with the refusal in the form."""
    try:
        outcome = change_policy(
            action=action,
            terms=form.terms(),
            reason=form.cleaned_data["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.detail or refusal.code)
        return None
    messages.success(request, "Asked for: somebody else has to approve it.", "ok")
    return reverse("ops:approval", args=[outcome.approval_id])
