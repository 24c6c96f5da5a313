"""What members of staff may do: the roles as data, in the database, and as people hold them."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.domain.duties import CONFLICTS, PERMISSIONS, ROLES, conflicts_of
from accounts.models import Role, RoleGrant, StaffUser
from tests.desk import a_person

DOCS = Path(__file__).resolve().parents[3] / "docs" / "staff.md"


def test_roles_are_made_of_known_permissions_and_each_permission_is_in_one() -> None:
    held = {code for codes in ROLES.values() for code in codes}
    assert held == set(PERMISSIONS)
    assert all(len(codes) == len(set(codes)) for codes in ROLES.values())


def test_no_role_starts_and_decides_the_same_money() -> None:
    assert {name: conflicts_of(codes) for name, codes in ROLES.items()} == {name: [] for name in ROLES}
    assert conflicts_of({"deposit.credit", "deposit.approve"}) == [("deposit.credit", "deposit.approve")]


def test_an_administrator_sees_no_clients_money_and_moves_none() -> None:
    money = ("desk.", "deposit.", "ledger.", "order.", "reconciliation.", "report.", "identity.", "market.")
    assert [code for code in ROLES["ADMINISTRATOR"] if code.startswith(money)] == []


@pytest.mark.django_db
def test_the_database_has_the_roles_of_the_code() -> None:
    assert {role.name: tuple(role.permissions) for role in Role.objects.all()} == dict(ROLES)


@pytest.mark.django_db
def test_the_documentation_has_the_roles_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z._]+)` \|[^|]*\|(.*)\|$", DOCS.read_text(), re.M)
    names = re.search(r"^\| permission \| lets one \|(.*)\|$", DOCS.read_text(), re.M)
    assert names is not None
    columns = [name.strip() for name in names[1].split("|")]
    assert columns == list(ROLES)
    told = {name: set() for name in columns}
    for code, cells in rows:
        for name, cell in zip(columns, cells.split("|"), strict=True):
            if cell.strip():
                told[name].add(code)
    assert told == {name: set(codes) for name, codes in ROLES.items()}
    assert {code for code, _ in rows} == set(PERMISSIONS)


@pytest.mark.django_db
def test_who_may_what_is_one_question_to_the_database() -> None:
    person = StaffUser.objects.get(pk=a_person(role=("DESK", "OPERATIONS")).pk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answers = [person.has_permission(code) for code in PERMISSIONS]
    assert len(asked) == 1
    assert [code for code, answer in zip(PERMISSIONS, answers, strict=True) if answer] == [
        code for code in PERMISSIONS if code in ROLES["DESK"] or code in ROLES["OPERATIONS"]
    ]


@pytest.mark.django_db
def test_a_permission_ends_with_its_grant_and_with_the_person() -> None:
    person = a_person(role="DESK")
    assert person.has_permission("order.cancel")
    RoleGrant.objects.filter(staff=person).update(ended_at=timezone.now())
    assert not StaffUser.objects.get(pk=person.pk).has_permission("order.cancel")
    suspended = a_person(role="DESK")
    suspended.mark_suspended(at=timezone.now())
    assert not suspended.has_permission("order.cancel")
    assert not a_person(role=(), is_superuser=True).has_permission("desk.read")


def test_conflicts_name_known_duties() -> None:
    for starting, deciding in CONFLICTS:
        assert set(starting) | set(deciding) <= set(PERMISSIONS)
