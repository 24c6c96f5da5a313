"""Details in the clear on a page: for whom, with which reason, and what is left behind."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.gateways.key_store import installed_keys
from accounts.models import Identity
from accounts.operations.keep_details import keep_details
from core import clock
from core.models import AuditEntry
from core.pages.access import FACTOR_AT
from tests.desk import a_person, signed_in
from tests.identities import an_identity
from tests.people import a_client

pytestmark = pytest.mark.django_db

REASON = "Call back about the wire of Monday"
DETAILS = {"full_name": "Maren Lindqvist", "email": "maren@mail.example", "address": "Kvarngatan 8\n118 47 Stockholm"}


@pytest.fixture
def identity() -> Identity:
    made = an_identity(a_client().entity_id, at=clock.now(), kind="PERSON")
    keep_details(subject_id=made.subject_id, details=DETAILS, at=clock.now())
    return made


def ask(browser: Client, identity: Identity, *fields: str, reason: str = REASON, **headers: str) -> HttpResponse:
    return browser.post(
        f"/ops/identities/{identity.pk}/reveal", {"fields_asked": fields, "reason": reason}, headers=headers or None
    )


def looks() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="accounts.identity.reveal"))


def test_compliance_sees_what_it_asked_for_and_no_more(identity: Identity) -> None:
    person = a_person(role="COMPLIANCE")
    page = ask(signed_in(person), identity, "full_name", "address")
    text = page.content.decode()
    assert page.status_code == 200
    assert "Maren Lindqvist" in text
    assert "Kvarngatan 8<br>118 47 Stockholm" in text
    assert "maren@mail.example" not in text
    assert page["Cache-Control"].startswith("no-store") or "no-store" in page["Cache-Control"]
    (look,) = looks()
    assert (look.actor_id, look.object_id, look.reason) == (person.pk, str(identity.pk), REASON)


def test_htmx_gets_the_part_alone(identity: Identity) -> None:
    page = ask(signed_in(), identity, "email", **{"HX-Request": "true", "HX-Target": "div#details"})
    text = page.content.decode()
    assert "maren@mail.example" in text
    assert "<html" not in text
    assert text.strip().startswith('<div id="details"')


def test_the_identity_page_shows_masks_and_offers_the_look_to_those_who_may(identity: Identity) -> None:
    page = signed_in(a_person(role="COMPLIANCE")).get(f"/ops/identities/{identity.pk}").content.decode()
    assert "M. L." in page
    assert "Lindqvist" not in page
    assert f"/ops/identities/{identity.pk}/reveal" in page
    other = signed_in(a_person(role="OPERATIONS")).get(f"/ops/identities/{identity.pk}").content.decode()
    assert f"/ops/identities/{identity.pk}/reveal" not in other
    assert looks() == []


def test_who_lacks_the_permission_finds_no_such_page(identity: Identity) -> None:
    assert ask(signed_in(a_person(role="OPERATIONS")), identity, "email").status_code == 404
    assert looks() == []


def test_a_factor_that_is_not_fresh_is_asked_for_first(identity: Identity) -> None:
    browser = signed_in()
    session = browser.session
    session[FACTOR_AT] = (clock.now() - timedelta(minutes=6)).isoformat()
    session.save()
    answer = ask(browser, identity, "email")
    assert answer.status_code == 403
    assert "maren@mail.example" not in answer.content.decode()
    assert looks() == []


@pytest.mark.parametrize(("fields", "reason"), [(("email",), "too short"), ((), REASON), (("hat",), REASON)])
def test_a_careless_look_is_refused_beside_the_form(identity: Identity, fields: tuple[str, ...], reason: str) -> None:
    answer = ask(signed_in(), identity, *fields, reason=reason)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "maren@mail.example" not in text
    assert "M. L." in text
    assert looks() == []


def test_an_erased_person_is_said_to_be(identity: Identity) -> None:
    installed_keys().destroy(identity.subject_id, at=clock.now())
    browser = signed_in()
    assert "[erased]" in browser.get(f"/ops/identities/{identity.pk}").content.decode()
    assert "[erased]" in ask(browser, identity, "full_name").content.decode()


def test_a_look_is_only_ever_sent_as_a_form_with_its_token(identity: Identity) -> None:
    assert signed_in().get(f"/ops/identities/{identity.pk}/reveal").status_code == 405
    assert ask(signed_in(strict=True), identity, "email").status_code == 403
    assert ask(Client(), identity, "email").status_code == 302
    assert looks() == []
