"""Who controls a market, who engages a kill switch, and who decides on releasing one."""

from django.db import migrations
from django.db.models.functions import Now

from accounts.domain.approving import DEFAULT_TIERS, tiers_json
from accounts.domain.duties import ROLES
from core.ids import new_id


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
        ("accounts", "0027_fee_policies"),
    ]

    operations = [
        migrations.RunPython(bring_roles, migrations.RunPython.noop),
        migrations.RunPython(bring_policies, migrations.RunPython.noop),
    ]
