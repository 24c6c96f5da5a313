"""The frame around every page: which screens there are, where one is, and how it looks."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from core.pages.preferences import DENSITIES, THEMES, read_density, read_theme


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen of the sidebar; ``key`` opens it after ``g``."""

    name: str
    label: str
    icon: str
    key: str = ""


GROUPS: tuple[tuple[str, tuple[Screen, ...]], ...] = (
    (
        "Trading",
        (
            Screen("blotter", "Blotter", "table-2", "b"),
            Screen("markets", "Markets", "chart-candlestick", "m"),
        ),
    ),
    (
        "Money",
        (Screen("deposits", "Deposits", "landmark", "d"), Screen("ledger", "Ledger", "book-open", "l")),
    ),
    ("Settlement", (Screen("reconciliation", "Reconciliation", "git-compare-arrows", "r"),)),
    ("Record", (Screen("reports", "Reports", "file-text", "p"),)),
)
# Pages that belong to a screen of another name.
HOMES = {"trades": "blotter", "order": "blotter", "market": "markets"}


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
                }
                for screen in screens
            ],
        }
        for label, screens in GROUPS
    ]


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
