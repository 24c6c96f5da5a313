"""The frame around every page: which screens there are, where one is, and how it looks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.models import StaffUser
from accounts.queries.approvals import count_decidable
from core import clock
from core.pages.access import has_permission, staff_page
from core.pages.preferences import DENSITIES, THEMES, read_density, read_theme


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen of the sidebar, for who holds ``permission`` (empty: everybody); ``key`` opens it after ``g``."""

    name: str
    label: str
    icon: str
    key: str = ""
    permission: str = ""


GROUPS: tuple[tuple[str, tuple[Screen, ...]], ...] = (
    (
        "Trading",
        (
            Screen("blotter", "Blotter", "table-2", "b", "desk.read"),
            Screen("markets", "Markets", "chart-candlestick", "m", "desk.read"),
            Screen("kill-switches", "Kill switches", "activity", "", "desk.read"),
            Screen("quotes", "Quotes", "scale", "q", "desk.read"),
        ),
    ),
    (
        "Clients",
        (
            Screen("entities", "Entities", "building-2", "e", "desk.read"),
            Screen("identities", "Identities", "id-card", "i", "identity.read"),
        ),
    ),
    (
        "Money",
        (
            Screen("deposits", "Deposits", "landmark", "d", "deposit.read"),
            Screen("withdrawals", "Withdrawals", "file-text", "w", "withdrawal.read"),
            Screen("destinations", "Destinations", "landmark", "o", "destination.read"),
            Screen("transfers", "Transfers", "git-compare-arrows", "t", "transfer.read"),
            Screen("journals", "Journals", "file-text", "j", "ledger.read"),
            Screen("ledger", "Ledger", "book-open", "l", "ledger.read"),
        ),
    ),
    (
        "Settlement",
        (
            Screen("reconciliation", "Reconciliation", "git-compare-arrows", "r", "reconciliation.read"),
            Screen("day", "Business days", "clipboard-check", "n", "ledger.read"),
        ),
    ),
    (
        "Control",
        (
            Screen("approvals", "Approvals", "clipboard-check", "a", "approval.read"),
            Screen("limits", "Limits", "scale", "x", "limit.read"),
            Screen("fees", "Fees", "scale", "f", "limit.read"),
            Screen("rails", "Rails", "landmark", "k", "limit.read"),
            Screen("policies", "Policies", "scale", "y", "policy.read"),
        ),
    ),
    (
        "Record",
        (
            Screen("reports", "Reports", "file-text", "p", "report.read"),
            Screen("statements", "Statements", "file-text", "z", "report.read"),
            Screen("audit", "Audit", "scroll-text", "v", "audit.read"),
            Screen("status", "Status", "activity", "s", "audit.read"),
        ),
    ),
    (
        "House",
        (
            Screen("credentials", "Credentials", "key-round", "c", "credential.read"),
            Screen("webhooks", "Webhooks", "activity", "h", "webhook.read"),
            Screen("staff", "Staff", "users", "u", "staff.read"),
        ),
    ),
)
# Pages that belong to a screen of another name.
HOMES = {
    "kill-switch-engage": "kill-switches",
    "kill-switch-release": "kill-switches",
    "trades": "blotter",
    "order": "blotter",
    "market": "markets",
    "entity": "entities",
    "identity": "identities",
    "identity-reveal": "identities",
    "account-open": "entities",
    "policy": "policies",
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the frame; nothing for pages outside the back office."""
    if not request.path.startswith("/ops"):
        return {}
    theme, density = read_theme(request), read_density(request)
    return {
        "frame": {
            "theme": theme,
            "density": density,
            "next_theme": THEMES[(THEMES.index(theme) + 1) % len(THEMES)],
            "next_density": DENSITIES[(DENSITIES.index(density) + 1) % len(DENSITIES)],
            "environment": "PRODUCTION" if settings.IS_PRODUCTION else "SANDBOX",
            "is_production": settings.IS_PRODUCTION,
            "groups": _groups(request),
        }
    }


@require_GET
@staff_page
def open_first_screen(request: HttpRequest) -> HttpResponse:
    """Lead to the first screen that the person may read; to the own sessions where there is none yet."""
    readable = (screen.name for screens in readable_groups(request).values() for screen in screens)
    return HttpResponseRedirect(reverse(f"ops:{next(readable, 'sessions')}"))


def readable_groups(request: HttpRequest) -> dict[str, list[Screen]]:
    """The groups of the sidebar with the screens that the person may read; a group without one is left out."""
    if not request.user.is_authenticated:
        return {}
    groups = {
        label: [screen for screen in screens if not screen.permission or has_permission(request, screen.permission)]
        for label, screens in GROUPS
    }
    return {label: screens for label, screens in groups.items() if screens}


def _groups(request: HttpRequest) -> list[dict[str, Any]]:
    current = _current(request)
    return [
        {
            "label": label,
            "screens": [
                {
                    "label": screen.label,
                    "icon": screen.icon,
                    "key": screen.key,
                    "address": reverse(f"ops:{screen.name}"),
                    "is_current": screen.name == current,
                    "count": _count(screen, request),
                }
                for screen in screens
            ],
        }
        for label, screens in readable_groups(request).items()
    ]


def _count(screen: Screen, request: HttpRequest) -> int:
    """What waits behind a screen for the person: approvals to decide; 0 says nothing."""
    if screen.name != "approvals" or not isinstance(request.user, StaffUser):
        return 0
    return count_decidable(request.user, at=clock.now())


def _current(request: HttpRequest) -> str:
    """The screen a page belongs to: by its name, or by the beginning of its name (``deposit-credit``)."""
    match = request.resolver_match
    name = match.url_name if match else None
    if not name:
        return ""
    if name in HOMES:
        return HOMES[name]
    first = name.partition("-")[0]
    names = [screen.name for _, screens in GROUPS for screen in screens]
    return next((screen for screen in names if first in (screen, screen.removesuffix("s"))), "")
