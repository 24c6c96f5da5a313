"""Clients: the entities of all organisations, and one of them whole."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_GET

from accounts.models import ApiCredential, Identity, Profile
from accounts.queries.desk_clients import (
    EntityRow,
    IdentityRow,
    entity_rows,
    get_entity,
    identity_rows,
    list_entities,
)
from accounts.queries.identities import list_members
from core import clock
from core.pages.access import has_permission, staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import KeysetPage, read_keyset_page

MOST_SHOWN = 200
OPEN_ACCOUNT = {"address": reverse_lazy("ops:account-open"), "label": "Open an account"}
COLUMNS = (
    Column("entity.shown_name", "Entity", link="address"),
    Column("entity.kind", "Kind", "word"),
    Column("entity.reference", "Reference"),
    Column("entity.organisation.name", "Organisation"),
    Column("entity.country", "Country"),
    Column("profiles", "Profiles", "count"),
    Column("identities", "Identities", "count"),
    Column("pending", "To decide", "count"),
    Column("controls", "Controls"),
    Column("entity.created_at", "Since (UTC)", "time"),
    Column("entity.status", "Status", "chip", noun="entity"),
)


@require_GET
@staff_page(permission="desk.read")
def show_entities(request: HttpRequest) -> HttpResponse:
    """The clients, newest first."""
    text = request.GET.get("text", "").strip()[:100]
    found = read_keyset_page(
        list_entities(text=text), after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    page = KeysetPage([_row(row) for row in entity_rows(found.rows)], found.newer, found.older)
    context = {
        "title": "Entities",
        "context_line": "Who our clients are, with those who stand behind them",
        "columns": COLUMNS,
        "page": page,
        "search": {"value": text, "label": "Name, reference or LEI"},
        "empty": "No entities match. An account is opened here or by an organisation's program.",
        "actions": [OPEN_ACCOUNT] if has_permission(request, "identity.write") else [],
    }
    return answer(request, "ops/list.html", context, parts=("list",))


@require_GET
@staff_page(permission="desk.read")
def show_entity(request: HttpRequest, entity_id: UUID) -> HttpResponse:
    """One client: its profiles with what they may do, its identities, its credentials."""
    entity = get_entity(entity_id)
    profiles = list(Profile.objects.filter(entity=entity).order_by("pk")[:MOST_SHOWN])
    identities = list(Identity.objects.filter(entity=entity).order_by("pk")[:MOST_SHOWN])
    members: dict[UUID, list[Any]] = {}
    for member in list_members(profile_ids=[profile.pk for profile in profiles]).select_related("identity"):
        members.setdefault(member.profile_id, []).append(member)
    credentials = ApiCredential.objects.filter(entity=entity).order_by("-pk")[:MOST_SHOWN]
    context = {
        "entity": entity,
        "profiles": [{"profile": each, "members": members.get(each.pk, [])} for each in profiles],
        "identities": [identity_cells(row) for row in identity_rows(identities, today=clock.now().date())],
        "credentials": credentials if has_permission(request, "credential.read") else None,
    }
    return answer(request, "ops/accounts/entity.html", context)


def identity_cells(row: IdentityRow) -> dict[str, Any]:
    """A row of identities as tables show it."""
    return {
        "identity": row.identity,
        "address": reverse("ops:identity", args=[row.identity.pk]),
        "checks": f"{row.clear} of {row.required}",
        "is_alarming": row.is_alarming,
        "documents": row.waiting_documents,
        "controls": row.controls,
    }


def _row(row: EntityRow) -> dict[str, Any]:
    controls = ", ".join(kind.replace("_", " ").lower() for kind in row.controls)
    return {
        "entity": row.entity,
        "profiles": row.profiles,
        "identities": row.identities,
        "pending": row.pending,
        "controls": controls,
        "address": reverse("ops:entity", args=[row.entity.pk]),
    }
