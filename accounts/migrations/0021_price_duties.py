"""Who asks that an asset be valued at a price, and who decides."""

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
        ('accounts', '0020_deposit_release'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='role',
            name='role_keeps_duties_apart',
        ),
        migrations.AddConstraint(
            model_name='role',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('permissions__overlap', ['deposit.credit', 'deposit.return', 'deposit.attribute', 'deposit.reverse']), ('permissions__overlap', ['deposit.approve']), _negated=True), models.Q(('permissions__overlap', ['withdrawal.enter', 'withdrawal.retry']), ('permissions__overlap', ['withdrawal.approve']), _negated=True), models.Q(('permissions__overlap', ['destination.hasten']), ('permissions__overlap', ['destination.approve']), _negated=True), models.Q(('permissions__overlap', ['limit.change']), ('permissions__overlap', ['limit.approve']), _negated=True), models.Q(('permissions__overlap', ['transfer.start']), ('permissions__overlap', ['transfer.approve']), _negated=True), models.Q(('permissions__overlap', ['journal.start']), ('permissions__overlap', ['journal.approve']), _negated=True), models.Q(('permissions__overlap', ['day.sign']), ('permissions__overlap', ['day.approve']), _negated=True), models.Q(('permissions__overlap', ['price.enter']), ('permissions__overlap', ['price.approve']), _negated=True)), name='role_keeps_duties_apart'),
        ),
        migrations.RunPython(bring_roles, migrations.RunPython.noop),
        migrations.RunPython(bring_policies, migrations.RunPython.noop),
    ]
