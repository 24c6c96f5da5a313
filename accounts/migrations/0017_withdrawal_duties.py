"""Who looks at withdrawals, who has them sent again, and who decides on them."""

from django.db import migrations, models

from accounts.domain.duties import ROLES


def bring_roles(apps, schema_editor):
    role = apps.get_model("accounts", "Role")
    for name, permissions in ROLES.items():
        role.objects.filter(name=name).exclude(permissions=list(permissions)).update(permissions=list(permissions))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0016_no_staff_approve'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='role',
            name='role_keeps_duties_apart',
        ),
        migrations.AddConstraint(
            model_name='role',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('permissions__overlap', ['deposit.credit', 'deposit.return']), ('permissions__overlap', ['deposit.approve']), _negated=True), models.Q(('permissions__overlap', ['withdrawal.retry']), ('permissions__overlap', ['withdrawal.approve']), _negated=True), models.Q(('permissions__overlap', ['transfer.start']), ('permissions__overlap', ['transfer.approve']), _negated=True), models.Q(('permissions__overlap', ['journal.start']), ('permissions__overlap', ['journal.approve']), _negated=True), models.Q(('permissions__overlap', ['day.sign']), ('permissions__overlap', ['day.approve']), _negated=True)), name='role_keeps_duties_apart'),
        ),
        migrations.RunPython(bring_roles, migrations.RunPython.noop),
    ]
