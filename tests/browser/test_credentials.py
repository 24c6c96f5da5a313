"""The pages of credentials, light and dark: whole, readable, and written down as pictures."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import ApiCredential
from core.clock import now
from tests.browser.test_screens import look_at
from tests.desk import a_person
from tests.keys import a_credential
from tests.people import a_client
from tests.trading.pages.conftest import Desk

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 900), ("dark", 1280, 800)])
def test_credentials_are_whole(desk: Desk, visit: Any, tmp_path: Path, theme: str, width: int, height: int) -> None:
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    paces = {"orders": "200/400", "cancels": "400/800"}
    networks = ("203.0.113.0/24", "2001:db8:5::/48")
    key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    used = a_client().credential.credential_id
    ApiCredential.objects.filter(pk=used).update(
        label="Order router", last_used_at=now(), last_used_from="203.0.113.7", allowed_cidrs=list(networks)
    )
    entity_id = ApiCredential.objects.get(pk=used).entity_id
    a_credential(entity_id, ["orders:read"], label="Night job", expires_at=now() + timedelta(days=30))
    maker = a_credential(
        entity_id, ["orders:read", "orders:write"], label="Maker", rate_limits=paces, signing_public_key=key
    )
    ApiCredential.objects.get(pk=a_client().credential.credential_id).mark_revoked(at=now())
    person = a_person(role=["ADMINISTRATOR", "AUDITOR"])
    page = visit("/ops/credentials", theme=theme, width=width, height=height, person=person)
    look_at(page, f"credentials-{theme}", folder)
    page.goto("/ops/credentials/new")
    look_at(page, f"credential-form-{theme}", folder)
    page.goto(f"/ops/credentials/{maker}")
    look_at(page, f"credential-new-{theme}", folder)
    page.get_by_role("button", name="Show the first secret").click()
    look_at(page, f"credential-secret-{theme}", folder)
    page.goto(f"/ops/credentials/{used}")
    look_at(page, f"credential-used-{theme}", folder)
