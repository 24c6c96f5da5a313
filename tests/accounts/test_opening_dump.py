"""A copy of the whole main database opens nothing: no secret, token, ticket, session, link or seed of a code lies in it."""

import base64
import json
import re
from uuid import UUID

import pytest
from django.conf import settings

from accounts.operations.issue_token import issue_token
from core import clock
from core.models import IdempotentRequest
from tests.desk import PASSWORD, a_person, enrol_app, signed_in
from tests.dump import dump_tables
from tests.four_eyes import approve
from tests.keys import a_credential
from tests.people import Api, a_client

pytestmark = pytest.mark.django_db(transaction=True)
FORM = "application/x-www-form-urlencoded"


def lies_in(value: str, places: dict[str, str]) -> list[str]:
    """The places that hold the value: as it is, in bytes, or in base64. Its hash is what is meant to be kept."""
    data = value.encode()
    shapes = (value, data.hex(), base64.b64encode(data).decode().rstrip("=")[:-1])
    return [place for place, text in places.items() if any(shape in text for shape in shapes)]


def secrets_of_a_client() -> list[str]:
    """Every kind that a client is given: first and second secret of a credential over the API, tokens by both."""
    scopes = ("credentials:read", "credentials:write", "approvals:read", "orders:read")
    person = a_client(scopes=scopes)
    given = [person.credential.client_secret, person.api.token]
    asked = person.api.post("/credentials", {"label": "b", "scopes": ["orders:read"]}, HTTP_IDEMPOTENCY_KEY="ask")
    credential_id = approve(UUID(json.loads(asked.content)["id"])).result["credential_id"]
    for key in ("first", "second", "second"):
        shown = json.loads(
            person.api.post(f"/credentials/{credential_id}/secrets", {}, HTTP_IDEMPOTENCY_KEY=key).content
        )
        if shown["client_secret"] is None:
            continue
        given.append(shown["client_secret"])
        form = f"grant_type=client_credentials&client_id={shown['client_id']}&client_secret={shown['client_secret']}"
        answer = Api(None).request("POST", "/oauth/token", form.encode(), CONTENT_TYPE=FORM)
        given.append(json.loads(answer.content)["access_token"])
    return given


def secrets_of_staff() -> list[str]:
    """Every kind that a person is given: password, seed of a one-time code, session, ticket of a socket, link of an
    invitation, and the secret of a client's credential that the page shows.
    """
    person = a_person(role=["ADMINISTRATOR", "DESK"])
    seed = enrol_app(person)
    browser = signed_in(person)
    ticket = json.loads(browser.post("/ops/socket-tickets").content)["ticket"]
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    invited = browser.post("/ops/staff/invite", {"email": "new@example.com", "name": "Nina New"}).content.decode()
    (link,) = set(re.findall(r"/ops/invitations/([\w-]{20,})", invited))
    credential_id = a_credential(a_client().entity_id, ["orders:read"], label="first", at=clock.now())
    page = browser.post(f"/ops/credentials/{credential_id}/secret").content.decode()
    (shown,) = set(re.findall(r"<code>([\w-]{43})</code>", page))
    return [PASSWORD, seed, session, ticket, link, shown]


def test_nothing_that_opens_lies_in_the_database() -> None:
    given = [*secrets_of_a_client(), *secrets_of_staff()]
    assert len(given) == len(set(given)) == 12 and all(len(secret) >= 20 for secret in given)
    places = dump_tables()
    assert IdempotentRequest.objects.count() == 3
    assert {place for place in places if place.startswith(("accounts_", "core_", "django_", "mfa_"))}
    assert [(secret[:4], lies_in(secret, places)) for secret in given if lies_in(secret, places)] == []


def test_the_search_finds_what_is_there() -> None:
    person = a_client()
    client_id = person.credential.client_id
    assert "accounts_apicredential" in lies_in(client_id, dump_tables())
    for shape in (client_id, client_id.encode().hex(), base64.b64encode(client_id.encode()).decode()):
        assert lies_in(client_id, {"somewhere": f"({shape})"})


def test_what_is_kept_of_a_token_is_found_by_its_hash_alone() -> None:
    person = a_client()
    token = issue_token(
        credential_id=person.credential.credential_id, scopes=["orders:read"], at=clock.now()
    ).access_token
    kept = dump_tables()["accounts_accesstoken"]
    # Whoever shows what is kept shows no token.
    for hashed in re.findall(r"\b[0-9a-f]{64}\b", kept):
        assert Api(hashed).get("/profiles").status_code == 401
    assert token not in kept
