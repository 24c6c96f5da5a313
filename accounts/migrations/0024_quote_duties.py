"""Who keeps the house's quotes: who changes their terms and who decides, and how fast a credential may ask for them."""

import django.db.models.expressions
from django.db import migrations, models
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
        ('accounts', '0023_deposit_attribution'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='apicredential',
            name='credential_limits_are_known',
        ),
        migrations.AddConstraint(
            model_name='apicredential',
            constraint=models.CheckConstraint(condition=django.db.models.expressions.RawSQL('rate_limits IS NULL OR ( jsonb_typeof(rate_limits) = \'object\' AND rate_limits - \'{orders,cancels,quotes,writes,reads,tokens}\'::text[] = \'{}\'::jsonb AND NOT jsonb_path_exists(rate_limits, \'strict $.* ? (@.type() <> "string")\') AND NOT jsonb_path_exists(rate_limits, \'strict $.* ? (!(@ like_regex "^(0|[1-9][0-9]{0,5})([.][0-9]{1,6})?/[1-9][0-9]{0,5}$"))\') )', (), models.BooleanField()), name='credential_limits_are_known'),
        ),
        migrations.RunPython(bring_roles, migrations.RunPython.noop),
        migrations.RunPython(bring_policies, migrations.RunPython.noop),
    ]
