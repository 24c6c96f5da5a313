"""Who issues statements to clients."""

from django.db import migrations

from accounts.domain.duties import ROLES


def bring_roles(apps, schema_editor):
    role = apps.get_model("accounts", "Role")
    for name, permissions in ROLES.items():
        role.objects.filter(name=name).exclude(permissions=list(permissions)).update(permissions=list(permissions))


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0021_price_duties"),
    ]

    operations = [
        migrations.RunPython(bring_roles, migrations.RunPython.noop),
    ]
