"""The break-glass admin: for superusers, reference data with a record, everything else to look at only."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from core import clock
from core.admin import ReferenceAdmin, ShownAdmin
from core.models import AuditEntry
from core.pages.access import FACTOR_AT, FRESH_FACTOR_SECONDS
from settlement.models import Asset
from tests import desk
from tests.world import World

MODELS = [model for model in admin.site._registry if model._meta.app_label not in {"auth"}]


def signed_in(*, is_superuser: bool) -> Client:
    return desk.signed_in(desk.a_person("Breaker", role=(), is_superuser=is_superuser))


@pytest.fixture
def superuser(house: World) -> Client:
    return signed_in(is_superuser=True)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_list_and_row_shows_and_nothing_is_added_or_deleted(superuser: Client, model: type) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert superuser.get(reverse(f"{name}_changelist")).status_code == 200
    assert superuser.get(reverse(f"{name}_add")).status_code == 403
    row = model._default_manager.first()
    if row is not None:
        assert superuser.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert superuser.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        if not isinstance(admin.site._registry[model], ReferenceAdmin):
            assert superuser.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403


@pytest.mark.django_db
def test_a_corrected_name_is_on_the_record_and_nothing_else_can_be_sent_along(superuser: Client) -> None:
    usd = Asset.objects.get(code="USD")
    address = reverse("admin:settlement_asset_change", args=[usd.pk])
    wish = {"name": "Dollar", "status": "ACTIVE", "calendar": "ALWAYS", "code": "EUR", "scale": "2"}
    # Without a reason nothing is changed.
    assert superuser.post(address, wish).status_code == 200
    assert Asset.objects.get(code="USD").name == "US dollar"
    assert superuser.post(address, wish | {"reason": "Misspelt"}).status_code == 302

    usd.refresh_from_db()
    assert (usd.name, usd.code, usd.scale) == ("Dollar", "USD", 6)
    entry = AuditEntry.objects.get(action="settlement.asset.correct")
    assert entry.changes == [{"field": "name", "before": "US dollar", "after": "Dollar"}]
    assert (entry.actor_kind, entry.reason) == ("PERSON", "Misspelt")


@pytest.mark.django_db
def test_who_is_no_superuser_stays_outside(house: World) -> None:
    address = reverse("admin:index")
    assert signed_in(is_superuser=False).get(address, follow=True).status_code == 403
    assert Client().get(address, follow=True).redirect_chain[-1][0].startswith("/ops/sign-in")


@pytest.mark.django_db
def test_a_superuser_whose_factor_is_old_is_asked_for_it_again(superuser: Client) -> None:
    session = superuser.session
    session[FACTOR_AT] = (clock.now() - timedelta(seconds=FRESH_FACTOR_SECONDS + 1)).isoformat()
    session.save()
    address = reverse("admin:settlement_asset_changelist")
    led = superuser.get(address, follow=True).redirect_chain[-1][0]
    assert led == f"/ops/step-up?next={quote(address, safe='')}"
    assert superuser.get("/ops/me").status_code == 200


@pytest.mark.django_db
def test_a_superuser_has_no_permission_of_the_business_by_that(superuser: Client) -> None:
    for page in ("/ops/blotter", "/ops/ledger", "/ops/deposits/credit", "/ops/staff"):
        assert superuser.get(page).status_code == 404, page


def test_every_model_is_read_only_unless_it_is_reference_data() -> None:
    editable = {model._meta.label for model in MODELS if isinstance(admin.site._registry[model], ReferenceAdmin)}
    assert editable == {
        "accounts.Organisation", "accounts.Entity", "accounts.Profile", "accounts.StaffUser", "settlement.Asset",
        "trading.Market",
    }  # fmt: skip
    assert all(isinstance(admin.site._registry[model], ShownAdmin) for model in MODELS)
