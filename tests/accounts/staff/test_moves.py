"""Members of staff come, are kept out, return and leave; never so that nobody is left who could mend it."""

import re
from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.test import Client

from accounts.contracts import InvitedStaff, NewFactor
from accounts.domain.secrets import secret_sha256
from accounts.domain.staff_states import MOVES, STATUS_AFTER
from accounts.gateways.factor_library import make_totp_secret
from accounts.models import Role, RoleGrant, StaffInvitation, StaffSession, StaffUser
from accounts.operations.appoint_administrators import appoint_administrators
from accounts.operations.end_staff import end_staff
from accounts.operations.invite_again import invite_again
from accounts.operations.invite_staff import invite_staff
from accounts.operations.join_staff import join_staff
from accounts.operations.resume_staff import resume_staff
from accounts.operations.suspend_staff import suspend_staff
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor
from tests.desk import PASSWORD, a_person, code_of_app, enrol_app, signed_in
from tests.passkeys import SoftKey

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "Told by the head of the desk"


def boss() -> Actor:
    return Actor("PERSON", a_person("Anna", role="ADMINISTRATOR").pk)


def an_invited(email: str = "new@example.com") -> InvitedStaff:
    with transaction.atomic(durable=True):
        return invite_staff(email=email, name="New Person", actor=SYSTEM, at=clock.now())


def come_in(invited: InvitedStaff, *, password: str = PASSWORD, code: str | None = None, at=None) -> list[str]:
    invitation = StaffInvitation.objects.get(token_sha256=secret_sha256(invited.token))
    secret = make_totp_secret()
    factor = NewFactor(totp_secret=secret, totp_code=code or code_of_app(secret))
    actor = Actor("PERSON", invited.staff_id)
    return join_staff(invitation_id=invitation.pk, password=password, factor=factor, actor=actor, at=at or clock.now())


def refused(code: str, act, **arguments: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act(at=clock.now(), **arguments)
    assert caught.value.code == code
    return caught.value


def test_an_invited_person_comes_in_with_a_password_and_a_factor() -> None:
    invited = an_invited("New@Example.com")
    person = StaffUser.objects.get(pk=invited.staff_id)
    assert (person.status, person.email, person.has_usable_password()) == ("INVITED", "new@example.com", False)
    codes = come_in(invited)
    person.refresh_from_db()
    assert person.status == "ACTIVE"
    assert person.mfa_enrolled_at is not None
    assert person.check_password(PASSWORD)
    assert (len(codes), len(set(codes)), {len(code) for code in codes}) == (10, 10, {10})
    assert refused("INVITATION_OVER", lambda **_: come_in(invited))
    actions = list(AuditEntry.objects.filter(object_id=str(person.pk)).order_by("id").values_list("action", flat=True))
    assert actions == ["accounts.staff_user.invite", "accounts.staff_user.add_factor", "accounts.staff_user.join"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"password": "short"}, "PASSWORD_WEAK"),
        ({"password": "password1234"}, "PASSWORD_WEAK"),
        ({"password": "new@example.com"}, "PASSWORD_WEAK"),
        ({"code": "000000"}, "FACTOR_REFUSED"),
        ({"code": "x"}, "FACTOR_REFUSED"),
        ({"at": "late"}, "INVITATION_OVER"),
    ],
)
def test_nothing_is_half_done_when_coming_in_is_refused(fault: dict, code: str) -> None:
    invited = an_invited()
    if fault.get("at"):
        fault = {"at": clock.now() + timedelta(hours=72, seconds=1)}
    with pytest.raises(Refusal) as caught:
        come_in(invited, **fault)
    assert caught.value.code == code
    person = StaffUser.objects.get(pk=invited.staff_id)
    assert (person.status, person.has_usable_password()) == ("INVITED", False)
    assert not Authenticator.objects.filter(user=person).exists()
    assert code == "INVITATION_OVER" or come_in(invited)


def test_a_newer_invitation_takes_the_place_of_the_one_before() -> None:
    first = an_invited()
    second = invite_again(staff_id=first.staff_id, reason="", actor=boss(), at=clock.now())
    refused("INVITATION_OVER", lambda **_: come_in(first))
    come_in(second)


def test_who_is_invited_again_has_neither_factor_nor_role_nor_session() -> None:
    person = a_person(role="TREASURER")
    enrol_app(person)
    client = signed_in(person)
    actor = boss()
    again = invite_again(staff_id=person.pk, reason=WHY, actor=actor, at=clock.now())
    person.refresh_from_db()
    assert (person.status, person.mfa_enrolled_at, person.has_usable_password()) == ("INVITED", None, False)
    assert not person.grants.filter(ended_at__isnull=True).exists()
    assert not Authenticator.objects.filter(user=person).exists()
    assert client.get("/ops/me").status_code == 302
    come_in(again)
    person = StaffUser.objects.get(pk=person.pk)
    assert person.status == "ACTIVE"
    assert not person.has_permission("deposit.approve")


def changes_of(person: StaffUser, action: str) -> list[tuple[str, str | None, str | None]]:
    entry = AuditEntry.objects.get(action=f"accounts.staff_user.{action}", object_id=str(person.pk))
    return [(each["field"], each["before"], each["after"]) for each in entry.changes]


def test_the_record_says_which_roles_and_factors_went_with_a_move() -> None:
    actor = boss()
    leaving, lost = a_person(role=("DESK", "VIEWER")), a_person(role="TREASURER")
    RoleGrant.objects.filter(staff=leaving, role__name="VIEWER").update(ended_at=clock.now())
    enrol_app(lost)
    SoftKey(lost)
    RecoveryCodes.activate(lost)
    end_staff(staff_id=leaving.pk, reason=WHY, actor=actor, at=clock.now())
    assert changes_of(leaving, "end") == [("status", "ACTIVE", "LEFT"), ("role", "DESK", None)]
    invite_again(staff_id=lost.pk, reason=WHY, actor=actor, at=clock.now())
    assert changes_of(lost, "invite_again") == [
        ("status", "ACTIVE", "INVITED"),
        ("role", "TREASURER", None),
        ("factor", "PASSKEY", None),
        ("factor", "RECOVERY", None),
        ("factor", "TOTP", None),
    ]
    invited = an_invited()
    person = StaffUser.objects.get(pk=invited.staff_id)
    RoleGrant.objects.create(staff=person, role=Role.objects.get(name="DESK"), granted_at=clock.now())
    invite_again(staff_id=person.pk, reason="", actor=actor, at=clock.now())
    assert changes_of(person, "invite_again") == [("role", "DESK", None)]
    assert not RoleGrant.objects.filter(ended_at__isnull=True).exclude(staff_id=actor.id).exists()


def test_suspending_ends_every_session_at_once_and_resuming_brings_back_what_was() -> None:
    person, actor = a_person(role="DESK"), boss()
    clients = [signed_in(person), signed_in(person)]
    suspend_staff(staff_id=person.pk, reason=WHY, actor=actor, at=clock.now())
    assert not StaffSession.objects.filter(staff=person).exists()
    assert {client.get("/ops/blotter").status_code for client in clients} == {302}
    resume_staff(staff_id=person.pk, reason=WHY, actor=actor, at=clock.now())
    assert signed_in(StaffUser.objects.get(pk=person.pk)).get("/ops/blotter").status_code == 200
    entry = AuditEntry.objects.get(action="accounts.staff_user.suspend")
    assert (entry.actor_id, entry.reason, entry.object_version) == (actor.id, WHY, 2)
    assert entry.changes == [{"field": "status", "before": "ACTIVE", "after": "SUSPENDED"}]


def test_who_leaves_stays_out() -> None:
    person, actor = a_person(role="DESK"), boss()
    end_staff(staff_id=person.pk, reason=WHY, actor=actor, at=clock.now())
    person.refresh_from_db()
    assert person.status == "LEFT"
    assert not person.grants.filter(ended_at__isnull=True).exists()
    for act in (suspend_staff, resume_staff, end_staff, invite_again):
        assert refused("STATE_CHANGED", act, staff_id=person.pk, reason=WHY, actor=actor).status == 409


def test_every_move_that_is_none_is_refused() -> None:
    actor = boss()
    acts = {"suspend": suspend_staff, "resume": resume_staff, "end": end_staff}
    for before, after in MOVES.items():
        for verb, act in acts.items():
            person = a_person(role=(), status=before)
            is_legal = STATUS_AFTER[verb] in after and not (verb == "resume" and before == "INVITED")
            if is_legal:
                act(staff_id=person.pk, reason=WHY, actor=actor, at=clock.now())
                person.refresh_from_db()
                assert person.status == STATUS_AFTER[verb]
            else:
                refused("STATE_CHANGED", act, staff_id=person.pk, reason=WHY, actor=actor)


def test_nobody_does_it_to_themselves_nor_without_a_reason_nor_to_nobody() -> None:
    actor, person = boss(), a_person(role=())
    refused("OWN_ACCOUNT", suspend_staff, staff_id=actor.id, reason=WHY, actor=actor)
    refused("REASON_MISSING", suspend_staff, staff_id=person.pk, reason="  ", actor=actor)
    own = StaffUser.objects.get(pk=actor.id).person_id
    second = a_person("Anna again", role=(), person_id=own)
    third = a_person("Anna invited", role=(), person_id=own, status="INVITED", mfa_enrolled_at=None)
    for act, mine in ((suspend_staff, second), (end_staff, second), (invite_again, second), (invite_again, third)):
        refused("OWN_ACCOUNT", act, staff_id=mine.pk, reason=WHY, actor=actor)
    with pytest.raises(NotFound):
        suspend_staff(staff_id=new_id(), reason=WHY, actor=actor, at=clock.now())


def test_two_who_may_decide_on_roles_are_always_left() -> None:
    first, second, third = (a_person(name, role="ADMINISTRATOR") for name in ("Anna", "Arno", "Alva"))
    actor = Actor("PERSON", first.pk)
    suspend_staff(staff_id=third.pk, reason=WHY, actor=actor, at=clock.now())
    for act in (suspend_staff, end_staff, invite_again):
        meta = refused("LAST_ADMINISTRATORS", act, staff_id=second.pk, reason=WHY, actor=actor).meta
        assert meta == {"left": 1, "needed": 2}
    # A second account of the same human makes no second pair of eyes.
    a_person("Anna again", role="ADMINISTRATOR", person_id=first.person_id)
    refused("LAST_ADMINISTRATORS", suspend_staff, staff_id=second.pk, reason=WHY, actor=actor)


def test_of_two_administrators_who_are_suspended_at_once_one_stays() -> None:
    people = [a_person(f"Admin {number}", role="ADMINISTRATOR") for number in range(3)]
    start, came_of_it = Barrier(2), []

    def suspend(staff_id, actor_id) -> None:
        start.wait()
        try:
            suspend_staff(staff_id=staff_id, reason=WHY, actor=Actor("PERSON", actor_id), at=clock.now())
            came_of_it.append("done")
        except Refusal as refusal:
            came_of_it.append(refusal.code)
        finally:
            connections.close_all()

    threads = [
        Thread(target=suspend, args=(people[0].pk, people[2].pk)),
        Thread(target=suspend, args=(people[1].pk, people[2].pk)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(came_of_it) == ["LAST_ADMINISTRATORS", "done"]


def test_an_address_is_invited_once_and_has_to_be_one() -> None:
    an_invited()
    for email, name, code in (
        ("NEW@example.com", "Other", "ALREADY_EXISTS"),
        ("nonsense", "Other", "EMAIL_INVALID"),
        ("other@example.com", " ", "NAME_MISSING"),
    ):
        refused(code, invite_staff, email=email, name=name, actor=SYSTEM)
    same = invite_staff(
        email="other@example.com",
        name="New Person",
        person_of=StaffUser.objects.get(email="new@example.com").pk,
        actor=SYSTEM,
        at=clock.now(),
    )
    assert StaffUser.objects.values("person_id").distinct().count() == 1
    assert same.token not in str(list(StaffInvitation.objects.values()))


def test_the_first_two_administrators_of_a_house() -> None:
    people = [("a@example.com", "Anna"), ("b@example.com", "Arno")]
    refused("TOO_FEW_ADMINISTRATORS", appoint_administrators, people=[people[0], people[0]], actor=SYSTEM)
    first = appoint_administrators(people=people, actor=SYSTEM, at=clock.now())
    # Before anybody came in it may be done again: new links, the same people.
    second = appoint_administrators(people=people, actor=SYSTEM, at=clock.now())
    assert [each.staff_id for each in first] == [each.staff_id for each in second]
    assert RoleGrant.objects.count() == 2
    refused("INVITATION_OVER", lambda **_: come_in(first[0]))
    come_in(second[0])
    assert StaffUser.objects.get(pk=second[0].staff_id).has_permission("role.approve")
    assert refused("ADMINISTRATORS_EXIST", appoint_administrators, people=people, actor=SYSTEM).status == 409


def test_the_command_prints_a_link_for_each_of_the_first_two() -> None:
    said = StringIO()
    people = ["a@example.com", "Anna A.", "b@example.com", "Arno B."]
    call_command("create_administrators", *people, origin="https://desk.example.com/", stdout=said)
    links = re.findall(r"https://desk\.example\.com(/ops/invitations/[\w-]+)", said.getvalue())
    assert len(links) == 2
    assert Client().get(links[0])["Location"] == "/ops/join"
    with pytest.raises(CommandError, match="TOO_FEW_ADMINISTRATORS"):
        call_command("create_administrators", *people[:2], *people[:2], stdout=said)
    a_person("Anna", role="ADMINISTRATOR")
    with pytest.raises(CommandError, match="ADMINISTRATORS_EXIST"):
        call_command("create_administrators", *people, stdout=said)


def test_a_superuser_of_the_command_line_comes_in_by_an_administrators_link() -> None:
    call_command("createsuperuser", email="glass@example.com", name="Breaker", interactive=False, stdout=StringIO())
    person = StaffUser.objects.get(email="glass@example.com")
    assert (person.status, person.is_superuser) == ("INVITED", True)
    come_in(invite_again(staff_id=person.pk, reason="Break-glass", actor=boss(), at=clock.now()))
    assert signed_in(StaffUser.objects.get(pk=person.pk)).get("/ops/admin/").status_code == 200
