"""What the database holds of controls and permissions, hit by going around Python."""

import pytest
from django.db import connection, transaction

from accounts.models import IdentityControl, PermissionRule, Profile
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from core import clock
from core.ids import new_id
from core.operations.record_audit import Actor
from tests.guards.going_around import refusing_fact
from tests.people import a_client

pytestmark = pytest.mark.django_db
CONTROL = (
    "INSERT INTO accounts_identitycontrol (id, identity_id, kind, set_by, set_by_id, is_overridable, reason_code, note, set_at,"
    " cleared_note) SELECT gen_random_uuid(), identity_id, {values}, '', now(), '' FROM accounts_profilemember LIMIT 1"
)


def inserted(values: str) -> str:
    return CONTROL.format(values=values)


def changed(change: str) -> str:
    return f"UPDATE accounts_identitycontrol SET {change}"


@pytest.fixture(autouse=True)
def _control(db: None) -> None:
    """One of the firm on the only identity there is."""
    person = a_client()
    identity_id = Profile.objects.values_list("members__identity_id", flat=True).get(pk=person.profile_id)
    wish = ControlWish("SELL_ONLY", "ADMINISTRATIVE")
    set_control(identity_id=identity_id, wish=wish, set_by=OPERATOR, actor=Actor("PERSON", new_id()), at=clock.now())


@pytest.mark.parametrize(
    ("fact", "statement"),
    [
        ("control_of_a_kind_is_active_once", inserted("'SELL_ONLY', 'SYSTEM', NULL, false, 'OTHER'")),
        ("control_kind_is_known", inserted("'MUTED', 'SYSTEM', NULL, false, 'OTHER'")),
        ("control_setter_is_known", inserted("'DORMANT', 'GHOST', gen_random_uuid(), false, 'OTHER'")),
        ("control_reason_is_known", inserted("'DORMANT', 'SYSTEM', NULL, false, 'MOOD'")),
        ("freeze_is_not_overridable", inserted("'FROZEN', 'SYSTEM', NULL, true, 'OTHER'")),
        ("legal_order_is_not_overridable", inserted("'DORMANT', 'SYSTEM', NULL, true, 'LEGAL_ORDER'")),
        (
            "client_gives_no_reason_of_the_firm",
            inserted("'DORMANT', 'CLIENT', gen_random_uuid(), false, 'COMPLIANCE_KYC'"),
        ),
        ("control_names_who_set_it", inserted("'DORMANT', 'OPERATOR', NULL, false, 'OTHER'")),
        ("cleared_control_has_time", changed("cleared_note = 'x'")),
        ("cleared_control_has_time", changed("cleared_at = set_at - interval '1 second'")),
        ("control_is_kept_key", changed("kind = 'DORMANT'")),
        ("control_is_kept_key", changed("reason_code = 'OTHER'")),
        ("control_is_kept_key", changed("is_overridable = true")),
        ("control_is_kept_key", changed("set_at = now() - interval '1 day'")),
        ("control_is_kept", "DELETE FROM accounts_identitycontrol"),
        ("permission_rule_is_append_only", "UPDATE accounts_permissionrule SET verdict = 'ALLOWED'"),
        ("permission_rule_is_append_only", "DELETE FROM accounts_permissionrule"),
        (
            "permission_rule_is_unique",
            "INSERT INTO accounts_permissionrule (cause_kind, cause, action, verdict)"
            " VALUES ('CONTROL', 'FROZEN', 'BUY', 'ALLOWED')",
        ),
        (
            "permission_cause_is_known",
            "INSERT INTO accounts_permissionrule (cause_kind, cause, action, verdict) VALUES ('MOOD', 'A', 'BUY', 'ALLOWED')",
        ),
        (
            "permission_verdict_is_known",
            "INSERT INTO accounts_permissionrule (cause_kind, cause, action, verdict) VALUES ('STATUS', 'A', 'BUY', 'MAYBE')",
        ),
        ("profile_permissions_follow_the_grid", "UPDATE accounts_profile SET denied_actions = '{}'"),
        ("profile_permissions_follow_the_grid", "UPDATE accounts_profile SET reviewed_actions = '{}'"),
        (
            "profile_permissions_follow_the_grid",
            "INSERT INTO accounts_profile (id, entity_id, name, kind, reference, self_trade_group, status, version,"
            " denied_actions) SELECT gen_random_uuid(), entity_id, 'X', 'NORMAL', 'x', id, 'OPEN', 1, '{}' FROM accounts_profile",
        ),
    ],
)
def test_the_fact_refuses(fact: str, statement: str) -> None:
    assert refusing_fact(statement) == fact


def test_a_cleared_control_stays_cleared() -> None:
    IdentityControl.objects.get().mark_cleared(at=clock.now(), by=None, note="")
    for change in ("cleared_at = NULL", "cleared_note = 'y'", "cleared_at = now() + interval '1 day'"):
        assert refusing_fact(changed(change)) == "cleared_control_stays_cleared"


def test_the_application_deletes_neither_controls_nor_rules() -> None:
    for table in ("accounts_identitycontrol", "accounts_permissionrule"):
        assert refusing_fact(f"DELETE FROM {table}", role="cth_app").startswith("42501 permission denied")


def test_a_cause_that_no_rule_speaks_of_denies_everything() -> None:
    """The grid is closed, not open: what nobody thought of allows nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM accounts_permissionrule WHERE cause = 'SELL_ONLY'")
        cursor.execute("SET LOCAL session_replication_role = origin")
        profile_id = Profile.objects.get().pk
        cursor.execute("SELECT cardinality(denied) FROM accounts_permissions_of(ARRAY[%s])", [profile_id])
        assert cursor.fetchone() == (PermissionRule.objects.values("action").distinct().count(),)


def test_every_fact_of_these_models_is_tried() -> None:
    tried = {
        mark.args[1][number][0] for mark in test_the_fact_refuses.pytestmark for number in range(len(mark.args[1]))
    }
    declared = {
        constraint.name for model in (IdentityControl, PermissionRule) for constraint in model._meta.constraints
    }
    assert declared <= tried
