"""The pages of entities and identities, as compliance and the desk use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Identity, IdentityControl, IdentityVerification, Profile, ProfileMember
from accounts.operations.keep_details import keep_details
from core import clock
from core.models import AuditEntry
from core.pages.access import FACTOR_AT
from tests.desk import a_person, signed_in
from tests.identities import an_identity
from tests.people import Person, a_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Client:
    return signed_in(a_person("Conrad Compliance", role="COMPLIANCE"))


@pytest.fixture
def client_of_ours() -> Person:
    return a_client()


def a_pending(client: Person, **terms: Any) -> Identity:
    return an_identity(client.entity_id, at=clock.now(), **terms)


def send(browser: Client, identity: Identity, deed: str, **said: Any) -> Any:
    identity.refresh_from_db()
    return browser.post(f"/ops/identities/{identity.pk}/{deed}", {"version": identity.version, **said})


def test_the_list_of_entities_leads_to_each_client(officer: Client, client_of_ours: Person) -> None:
    a_pending(client_of_ours)
    page = officer.get("/ops/entities").content.decode()
    assert f"/ops/entities/{client_of_ours.entity_id}" in page

    whole = officer.get(f"/ops/entities/{client_of_ours.entity_id}").content.decode()
    assert "Holder" in whole and "Pending" in whole and "Approved" in whole
    assert client_of_ours.credential.client_id in whole


def test_the_desk_sees_the_client_but_neither_identities_nor_credentials(client_of_ours: Person) -> None:
    desk = signed_in(a_person(role="DESK"))
    whole = desk.get(f"/ops/entities/{client_of_ours.entity_id}").content.decode()
    assert "<h2>Identities</h2>" not in whole
    assert client_of_ours.credential.client_id not in whole
    assert desk.get("/ops/identities").status_code == 404


def test_a_list_of_entities_asks_the_same_number_of_questions_for_one_and_for_many(
    officer: Client, django_assert_max_num_queries: Any
) -> None:
    a_client()
    with django_assert_max_num_queries(12) as few:
        officer.get("/ops/entities")
    for _ in range(5):
        a_pending(a_client())
    with django_assert_max_num_queries(12) as many:
        officer.get("/ops/entities")
    assert len(few.captured_queries) == len(many.captured_queries)


def test_the_queue_holds_what_waits_for_a_decision(officer: Client, client_of_ours: Person) -> None:
    waiting = a_pending(client_of_ours)
    queue = officer.get("/ops/identities").content.decode()
    assert waiting.reference in queue
    approved = Identity.objects.get(entity_id=client_of_ours.entity_id, status="APPROVED")
    assert approved.reference not in queue
    assert approved.reference in officer.get("/ops/identities?tab=ALL").content.decode()


def test_an_officer_approves_and_the_profile_may_trade(officer: Client) -> None:
    client = a_client(is_known=False)
    identity = a_pending(client)
    assert "BUY" in Profile.objects.get(pk=client.profile_id).denied_actions
    assert send(officer, identity, "add-member", profile=client.profile_id, role="HOLDER").status_code == 302
    assert "BUY" in Profile.objects.get(pk=client.profile_id).denied_actions

    answer = send(officer, identity, "decide", decision="APPROVED:REVIEWED", note="Met them at their seat.")

    assert answer.status_code == 302
    identity.refresh_from_db()
    assert identity.status == "APPROVED"
    assert Profile.objects.get(pk=client.profile_id).denied_actions == []
    entry = AuditEntry.objects.get(action="accounts.identity.decide", object_id=str(identity.pk))
    assert entry.actor_kind == "PERSON" and "Met them at their seat." in entry.reason


def test_a_judgement_without_a_note_comes_back_with_the_reason(officer: Client, client_of_ours: Person) -> None:
    identity = a_pending(client_of_ours)
    answer = send(officer, identity, "decide", decision="APPROVED:REVIEWED", note="")
    assert answer.status_code == 422
    assert "judgement" in answer.content.decode()
    identity.refresh_from_db()
    assert identity.status == "PENDING"


def test_clear_checks_have_to_be_there(officer: Client, client_of_ours: Person) -> None:
    identity = a_pending(client_of_ours)
    answer = send(officer, identity, "decide", decision="APPROVED:CHECKS_CLEAR")
    assert answer.status_code == 422
    assert "SANCTIONS" in answer.content.decode()
    assert send(officer, identity, "check", check="SANCTIONS", verdict="CLEAR", verifier="Own desk").status_code == 302
    assert IdentityVerification.objects.get(identity=identity).verdict == "CLEAR"


def test_two_officers_at_once_the_later_one_is_told(officer: Client, client_of_ours: Person) -> None:
    identity = a_pending(client_of_ours)
    seen = identity.version
    send(officer, identity, "rate", rating="HIGH", reason="A new line of business.")
    answer = officer.post(
        f"/ops/identities/{identity.pk}/decide",
        {"version": seen, "decision": "APPROVED:REVIEWED", "note": "Fine."},
    )
    assert answer.status_code == 412
    assert "changed meanwhile" in answer.content.decode()
    identity.refresh_from_db()
    assert identity.status == "PENDING"


def test_a_freeze_is_set_at_once_and_lifted_by_two(officer: Client, client_of_ours: Person) -> None:
    identity = Identity.objects.get(entity_id=client_of_ours.entity_id)
    assert (
        send(officer, identity, "control", kind="FROZEN", reason_code="LEGAL_ORDER", note="Order 17").status_code == 302
    )
    control = IdentityControl.objects.get(identity=identity)
    assert "SELL" in Profile.objects.get(pk=client_of_ours.profile_id).denied_actions
    page = officer.get(f"/ops/identities/{identity.pk}").content.decode()
    assert "Ask to lift" in page and "Frozen" in page

    assert send(officer, identity, "clear", control_id=control.pk, note="The order was lifted.").status_code == 302
    control.refresh_from_db()
    assert control.cleared_at is None
    assert "another person" in officer.get(f"/ops/identities/{identity.pk}").content.decode()


def test_a_control_of_the_house_is_lifted_by_one(officer: Client, client_of_ours: Person) -> None:
    identity = Identity.objects.get(entity_id=client_of_ours.entity_id)
    send(officer, identity, "control", kind="DORMANT", reason_code="INACTIVITY")
    control = IdentityControl.objects.get(identity=identity)
    assert send(officer, identity, "clear", control_id=control.pk, note="They are back.").status_code == 302
    control.refresh_from_db()
    assert control.cleared_at is not None
    assert Profile.objects.get(pk=client_of_ours.profile_id).denied_actions == []


def test_a_role_ends_but_not_the_last_holder(officer: Client, client_of_ours: Person) -> None:
    holder = ProfileMember.objects.get(profile_id=client_of_ours.profile_id)
    answer = send(officer, holder.identity, "end-member", member_id=holder.pk)
    assert answer.status_code == 422
    assert "keeps a holder" in answer.content.decode()
    other = a_client()
    foreign = ProfileMember.objects.get(profile_id=other.profile_id)
    assert send(officer, holder.identity, "end-member", member_id=foreign.pk).status_code == 404
    foreign.refresh_from_db()
    assert foreign.until is None


def test_who_may_read_may_not_decide(client_of_ours: Person) -> None:
    support = signed_in(a_person(role="SUPPORT"))
    identity = a_pending(client_of_ours)
    page = support.get(f"/ops/identities/{identity.pk}").content.decode()
    assert "<h2>Decide</h2>" not in page
    assert send(support, identity, "decide", decision="APPROVED:REVIEWED", note="Fine.").status_code == 404
    identity.refresh_from_db()
    assert identity.status == "PENDING"


def test_a_decision_wants_a_fresh_second_factor(client_of_ours: Person) -> None:
    officer = signed_in(a_person(role="COMPLIANCE"))
    session = officer.session
    session[FACTOR_AT] = (clock.now() - timedelta(minutes=6)).isoformat()
    session.save()
    identity = a_pending(client_of_ours)
    assert send(officer, identity, "decide", decision="APPROVED:REVIEWED", note="Fine.").status_code == 403
    identity.refresh_from_db()
    assert identity.status == "PENDING"


def test_a_person_is_found_by_the_whole_name_and_shown_masked(officer: Client, client_of_ours: Person) -> None:
    identity = a_pending(client_of_ours, kind="PERSON")
    keep_details(subject_id=identity.subject_id, details={"full_name": "Ottoline Marchbanks"}, at=clock.now())
    found = officer.post("/ops/identities/find", {"text": " ottoline MARCHBANKS "}).content.decode()
    assert identity.reference in found and "ottoline" not in found.lower()
    assert identity.reference not in officer.post("/ops/identities/find", {"text": "ottoline"}).content.decode()
    searches = AuditEntry.objects.filter(action="accounts.identity.search").order_by("id")
    assert [entry.changes[0]["after"] for entry in searches] == [1, 0]
    assert "marchbanks" not in str(list(searches.values())).lower()
    page = officer.get(f"/ops/identities/{identity.pk}").content.decode()
    assert "Marchbanks" not in page and "Ottoline" not in page and "Full name" in page


def test_an_unknown_deed_is_no_page(officer: Client, client_of_ours: Person) -> None:
    identity = a_pending(client_of_ours)
    assert send(officer, identity, "erase").status_code == 404


ACCOUNT = {
    "organisation_name": "Walk-ins",
    "kind": "PERSON",
    "reference": "P-2001",
    "country": "SE",
    "profile_name": "Main",
    "profile_reference": "main",
    "detail_full_name": "Ingegerd Palmqvist",
    "detail_date_of_birth": "1961-03-04",
}


def test_an_account_is_opened_and_waits_for_compliance(officer: Client) -> None:
    answer = officer.post("/ops/entities/new", ACCOUNT)
    identity = Identity.objects.get(reference="P-2001")
    assert (answer.status_code, answer["Location"]) == (302, f"/ops/identities/{identity.pk}")
    profile = Profile.objects.get(entity=identity.entity)
    assert identity.status == "PENDING" and "BUY" in profile.denied_actions
    assert identity.entity.legal_name == ""
    page = officer.get(f"/ops/identities/{identity.pk}").content.decode()
    assert "Palmqvist" not in page and "1961" in page


def test_an_account_with_a_mistake_is_not_opened_and_keeps_what_was_typed(officer: Client) -> None:
    answer = officer.post("/ops/entities/new", ACCOUNT | {"detail_date_of_birth": "1961-04-31"})
    assert answer.status_code == 422
    assert "This is not a value for date of birth." in answer.content.decode()
    assert "Ingegerd Palmqvist" in answer.content.decode()
    assert not Identity.objects.filter(reference="P-2001").exists()


def test_a_reference_is_used_once_in_an_organisation(officer: Client) -> None:
    officer.post("/ops/entities/new", ACCOUNT)
    organisation = Identity.objects.get(reference="P-2001").entity.organisation_id
    again = officer.post("/ops/entities/new", ACCOUNT | {"organisation": organisation, "organisation_name": ""})
    assert again.status_code == 422 and "in use" in again.content.decode()
    assert Identity.objects.filter(reference="P-2001").count() == 1
