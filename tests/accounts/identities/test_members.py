"""Who stands behind a profile: roles begin and end, and a holder is always there."""

from datetime import date, datetime, timedelta

import pytest

from accounts.contracts import Membership
from accounts.models import Profile, ProfileMember
from accounts.operations.add_member import add_member
from accounts.operations.change_members import MOST_MEMBERS
from accounts.operations.change_profile import ProfileChange, change_profile
from accounts.operations.end_member import end_member
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry, OutboxMessage
from tests.identities import an_identity, an_officer, hold
from tests.people import Person, a_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    return a_client(is_known=False)


def rows(person: Person) -> list[tuple[str, date, date | None]]:
    found = ProfileMember.objects.filter(profile_id=person.profile_id).order_by("id")
    return [(row.role, row.since, row.until) for row in found]


def add(person: Person, identity_id: object, role: str, at: datetime) -> object:
    return add_member(
        profile_id=person.profile_id, identity_id=identity_id, role=role, actor=an_officer(), at=at  # type: ignore[arg-type]
    )  # fmt: skip


def change(person: Person, at: datetime, **what: object) -> Profile:
    wanted = ProfileChange(**what)  # type: ignore[arg-type]
    return change_profile(profile_id=person.profile_id, change=wanted, actor=an_officer(), at=at)


def test_a_change_of_holder_ends_a_row_and_adds_one(person: Person, at: datetime) -> None:
    old, new = hold(person.profile_id, at=at), an_identity(person.entity_id, at=at)
    later = at + timedelta(days=40)

    change(person, later, members=(Membership(new.id, "HOLDER"), Membership(new.id, "AUTHORISED_TRADER")))

    assert sorted(rows(person)) == [
        ("AUTHORISED_TRADER", date(2026, 4, 11), None),
        ("HOLDER", date(2026, 3, 2), date(2026, 4, 11)),
        ("HOLDER", date(2026, 4, 11), None),
    ]
    told = OutboxMessage.objects.filter(topic="accounts.profile.members_changed").order_by("id").last()
    assert told is not None and told.payload["ended"] == [{"identity_id": str(old.id), "role": "HOLDER"}]
    entry = AuditEntry.objects.filter(action="accounts.profile.change_members").order_by("id").last()
    assert entry is not None and entry.object_version == Profile.objects.get(id=person.profile_id).version == 3


def test_a_role_that_is_there_is_not_added_again(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at)
    first = add(person, identity.id, "HOLDER", at)

    assert add(person, identity.id, "HOLDER", at + timedelta(days=1)) == first
    assert rows(person) == [("HOLDER", date(2026, 3, 2), None)]
    assert Profile.objects.get(id=person.profile_id).version == 2


def test_the_last_holder_stays_until_the_next_is_there(person: Person, at: datetime) -> None:
    first, second = hold(person.profile_id, at=at), an_identity(person.entity_id, at=at)
    member = ProfileMember.objects.get(identity=first)

    with pytest.raises(Refusal) as caught:
        end_member(member_id=member.id, actor=an_officer(), at=at)
    assert caught.value.code == "PROFILE_NEEDS_HOLDER"
    add(person, second.id, "HOLDER", at)
    for _ in range(2):
        end_member(member_id=member.id, actor=an_officer(), at=at)

    assert rows(person) == [("HOLDER", date(2026, 3, 2), date(2026, 3, 2)), ("HOLDER", date(2026, 3, 2), None)]
    with pytest.raises(NotFound):
        end_member(member_id=new_id(), actor=an_officer(), at=at)


def test_nobody_of_another_entity_stands_behind_a_profile(person: Person, at: datetime) -> None:
    stranger = an_identity(a_client().entity_id, at=at)

    for identity_id in (stranger.id, new_id()):
        with pytest.raises(NotFound):
            add(person, identity_id, "HOLDER", at)
    with pytest.raises(NotFound):
        add_member(profile_id=new_id(), identity_id=stranger.id, role="HOLDER", actor=an_officer(), at=at)
    assert rows(person) == []


def test_members_are_bounded(person: Person, at: datetime) -> None:
    identities = [an_identity(person.entity_id, at=at) for _ in range(MOST_MEMBERS // 5 + 1)]
    members = tuple(Membership(identity.id, role) for identity in identities for role in ProfileMember.Role.values)

    with pytest.raises(Refusal) as caught:
        change(person, at, members=members)
    assert caught.value.code == "TOO_MANY_MEMBERS"
    change(person, at, members=members[:MOST_MEMBERS])


def test_a_profile_is_renamed_closed_and_then_left_as_it_is(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at)

    assert change(person, at, name="Second", is_closing=True).status == "CLOSED"
    assert change(person, at, is_closing=True).version == 3
    for what in ({"name": "Third"}, {"members": (Membership(identity.id, "HOLDER"),)}):
        with pytest.raises(Refusal) as caught:
            change(person, at, **what)
        assert caught.value.code == "PROFILE_CLOSED"

    actions = AuditEntry.objects.filter(object_type="accounts.profile").order_by("id").values_list("action", flat=True)
    assert list(actions)[-2:] == ["accounts.profile.rename", "accounts.profile.close"]
    with pytest.raises(NotFound):
        change_profile(profile_id=new_id(), change=ProfileChange(name="x"), actor=an_officer(), at=at)


def test_what_changed_meanwhile_is_not_changed(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at)
    for what in ({"name": "Third"}, {"members": (Membership(identity.id, "HOLDER"),)}):
        with pytest.raises(Refusal) as caught:
            change_profile(
                profile_id=person.profile_id,
                change=ProfileChange(**what),  # type: ignore[arg-type]
                actor=an_officer(),
                at=at,
                version=7,
            )
        assert (caught.value.status, caught.value.meta) == (412, {"version": "1"})
