"""Who moves value between profiles and writes journals, who decides, and how many must."""

from django.db import migrations, models
from django.db.models.functions import Now

from accounts.domain.approving import DEFAULT_TIERS, tiers_json
from accounts.domain.duties import ROLES
from core.ids import new_id

# Seeded with a permission that nobody has held and under which nothing was asked: the action comes with this.
RENAME = """
ALTER TABLE accounts_approvalpolicy DISABLE TRIGGER policy_is_append_only;
UPDATE accounts_approvalpolicy SET tiers = replace(tiers::text, 'internal_transfer.approve', 'transfer.approve')::jsonb
WHERE action = 'INTERNAL_TRANSFER' AND policy_version = 1;
ALTER TABLE accounts_approvalpolicy ENABLE TRIGGER policy_is_append_only;
"""


def bring_roles(apps, schema_editor):
    role = apps.get_model("accounts", "Role")
    for name, permissions in ROLES.items():
        role.objects.filter(name=name).exclude(permissions=list(permissions)).update(permissions=list(permissions))


def bring_policies(apps, schema_editor):
    policy = apps.get_model("accounts", "ApprovalPolicy")
    known = set(policy.objects.values_list("action", flat=True))
    policy.objects.bulk_create(
        policy(id=new_id(), action=action, policy_version=1, tiers=tiers_json(tiers), in_force_from=Now())
        for action, tiers in DEFAULT_TIERS.items()
        if action not in known
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_credential_facts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='role',
            name='role_keeps_duties_apart',
        ),
        migrations.AddConstraint(
            model_name='role',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("permissions__overlap", ["deposit.credit", "deposit.return"]),
                        ("permissions__overlap", ["deposit.approve"]),
                        _negated=True,
                    ),
                    models.Q(
                        ("permissions__overlap", ["transfer.start"]),
                        ("permissions__overlap", ["transfer.approve"]),
                        _negated=True,
                    ),
                    models.Q(
                        ("permissions__overlap", ["journal.start"]),
                        ("permissions__overlap", ["journal.approve"]),
                        _negated=True,
                    ),
                ),
                name="role_keeps_duties_apart",
            ),
        ),
        migrations.RunSQL(RENAME, migrations.RunSQL.noop),
        migrations.RunPython(bring_roles, migrations.RunPython.noop),
        migrations.RunPython(bring_policies, migrations.RunPython.noop),
    ]
