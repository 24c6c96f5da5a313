"""The grid in the database is the grid in Python: every row, and what every combination of causes makes of a profile."""

from itertools import combinations
from uuid import UUID

import pytest
from django.db import connection

from accounts.domain.permissions import GRID, Action, CauseKind, Standing, Verdict, permissions_of
from accounts.models import IdentityControl, PermissionRule, Profile, ProfileMember
from core.ids import new_id
from tests.people import a_client

pytestmark = pytest.mark.django_db

STATUSES = [name for kind, name in GRID if kind == CauseKind.STATUS]
CONTROLS = sorted(name for kind, name in GRID if kind == CauseKind.CONTROL)
SUBSETS = [frozenset(chosen) for size in range(len(CONTROLS) + 1) for chosen in combinations(CONTROLS, size)]
ROLES = list(ProfileMember.Role.values)

IDENTITIES = """
INSERT INTO accounts_identity (id, entity_id, reference, kind, status, reason_code, decided_at, risk_rating, country, subject_id,
    last_refresh_date, refresh_due_date, refresh_status, version)
SELECT id, %s, 'i-' || id, 'PERSON', status, 'TESTS', now(), 'LOW', 'CH', gen_random_uuid(), '2026-01-01', '2029-01-01',
    'NOT_DUE', 1
FROM unnest(%s::uuid[], %s::text[]) AS i (id, status)
"""
CONTROLS_SET = """
INSERT INTO accounts_identitycontrol (id, identity_id, kind, set_by, is_overridable, reason_code, note, set_at, cleared_note)
SELECT gen_random_uuid(), identity, kind, 'SYSTEM', false, 'OTHER', '', now(), ''
FROM unnest(%s::uuid[], %s::text[]) AS c (identity, kind)
"""
MEMBERS = """
INSERT INTO accounts_profilemember (id, profile_id, identity_id, entity_id, role, since)
SELECT gen_random_uuid(), profile, identity, %s, role, '2026-01-01'
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS m (profile, identity, role)
"""
PROFILES = """
INSERT INTO accounts_profile (id, entity_id, name, kind, reference, self_trade_group, status, version)
SELECT id, %s, 'P', 'NORMAL', 'p-' || id, id, 'OPEN', 1 FROM unnest(%s::uuid[]) AS p (id)
"""


class Crowd:
    """Every identity that can be: each status with each set of controls."""

    def __init__(self, entity_id: UUID) -> None:
        self.entity_id = entity_id
        self.identities = {(status, controls): new_id() for status in STATUSES for controls in SUBSETS}
        with connection.cursor() as cursor:
            cursor.execute(
                IDENTITIES, [entity_id, list(self.identities.values()), [status for status, _ in self.identities]]
            )
            controls = [(each, kind) for (_, kinds), each in self.identities.items() for kind in kinds]
            cursor.execute(CONTROLS_SET, [[each for each, _ in controls], [kind for _, kind in controls]])

    def standing(self, status: str, controls: frozenset[str], role: str) -> Standing:
        return Standing(self.identities[status, controls], role, status, controls)

    def check(self, profiles: list[list[Standing]]) -> int:
        """Give each profile its members in one statement and compare every action; answers how many cells were compared."""
        ids = [new_id() for _ in profiles]
        rows = [(profile, each) for profile, standings in zip(ids, profiles, strict=True) for each in standings]
        with connection.cursor() as cursor:
            cursor.execute(PROFILES, [self.entity_id, ids])
            cursor.execute(
                MEMBERS,
                [
                    self.entity_id,
                    [profile for profile, _ in rows],
                    [each.identity_id for _, each in rows],
                    [each.role for _, each in rows],
                ],
            )
        found = Profile.objects.in_bulk(ids)
        for profile_id, standings in zip(ids, profiles, strict=True):
            expected, profile = permissions_of(standings), found[profile_id]
            stored = {
                action: Verdict.DENIED
                if action in profile.denied_actions
                else Verdict.REVIEW
                if action in profile.reviewed_actions
                else Verdict.ALLOWED
                for action in Action
            }
            assert stored == expected, standings
            assert not set(profile.denied_actions) & set(profile.reviewed_actions)
        return len(profiles) * len(Action)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(a_client().entity_id)


def test_each_row_of_the_database_is_a_cell_of_the_grid_and_no_cell_is_missing() -> None:
    stored = {(rule.cause_kind, rule.cause, rule.action): rule.verdict for rule in PermissionRule.objects.all()}
    assert stored == {(*cause, action): verdict for cause, row in GRID.items() for action, verdict in row.items()}


def test_every_identity_in_every_role_alone(crowd: Crowd) -> None:
    alone = [[crowd.standing(*who, role)] for who in crowd.identities for role in ROLES]
    assert crowd.check(alone) == 4 * 16 * 5 * 9


def test_every_pair_of_holders_with_up_to_one_control_each(crowd: Crowd) -> None:
    few = [who for who in crowd.identities if len(who[1]) <= 1]
    pairs = [
        [crowd.standing(*first, "HOLDER"), crowd.standing(*second, "HOLDER")]
        for first in few
        for second in few
        if first != second
    ]
    assert crowd.check(pairs) == 20 * 19 * 9


def test_a_holder_beside_everyone_in_every_other_role(crowd: Crowd) -> None:
    holder = crowd.standing("APPROVED", frozenset(), "HOLDER")
    beside = [[holder, crowd.standing(*who, role)] for who in crowd.identities for role in ROLES if role != "HOLDER"]
    assert crowd.check(beside) == 64 * 4 * 9


def test_three_owners_at_once(crowd: Crowd) -> None:
    few = [who for who in crowd.identities if len(who[1]) <= 1]
    three = [
        [
            crowd.standing(*few[a], "HOLDER"),
            crowd.standing(*few[b], "BENEFICIAL_OWNER"),
            crowd.standing(*few[c], "ADVISER"),
        ]
        for a in range(0, len(few), 2)
        for b in range(len(few))
        for c in range(1, len(few), 5)
        if len({a, b, c}) == 3
    ]
    assert crowd.check(three) > 5_000


def test_a_profile_without_members_is_as_if_its_holder_were_pending(crowd: Crowd) -> None:
    crowd.check([[]])


def test_what_changes_of_an_identity_changes_its_profiles_in_the_same_statement(crowd: Crowd) -> None:
    who = crowd.standing("APPROVED", frozenset(), "HOLDER")
    crowd.check([[who], [who]])
    profiles = Profile.objects.filter(members__identity_id=who.identity_id)

    def denied() -> list[set[str]]:
        return [set(profile.denied_actions) for profile in profiles.all()]

    assert denied() == [set(), set()]
    with connection.cursor() as cursor:
        cursor.execute(CONTROLS_SET, [[who.identity_id], ["SELL_ONLY"]])
        assert all("BUY" in each and "SELL" not in each for each in denied())
        cursor.execute("UPDATE accounts_identity SET status = 'DENIED' WHERE id = %s", [who.identity_id])
        assert all({"SELL", "HOLD", "SETTLE"} <= each for each in denied())
        cursor.execute("UPDATE accounts_identity SET status = 'APPROVED' WHERE id = %s", [who.identity_id])
    IdentityControl.objects.get(identity_id=who.identity_id).mark_cleared(
        at=IdentityControl.objects.get(identity_id=who.identity_id).set_at, by=None, note=""
    )
    assert denied() == [set(), set()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_profilemember SET until = '2026-02-01' WHERE identity_id = %s", [who.identity_id]
        )
    assert all("HOLD" in set(profile.denied_actions) for profile in profiles.all())
