"""A natural person's name stands in the vault: an entity of kind PERSON has none in the clear.

The vault's keys are in another database, so this migration moves no name. Where an older house has some, the rule is held for
every new row and every change, and `manage.py move_names_to_vault` moves the names and has the rule hold for all.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

FACT = "person_entity_has_no_name_in_clear"


def validate_where_nothing_stands_against_it(apps, schema_editor):
    if not apps.get_model("accounts", "Entity").objects.filter(kind="PERSON").exclude(legal_name="").exists():
        schema_editor.execute(f"ALTER TABLE accounts_entity VALIDATE CONSTRAINT {FACT}")


class Migration(migrations.Migration):
    # A row that is changed and a table that is altered do not go into one transaction.
    atomic = False

    dependencies = [("accounts", "0009_sign_in")]

    operations = [
        migrations.AlterField(
            model_name="entity",
            name="legal_name",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddConstraint(
            model_name="entity",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "PERSON"), models.Q(("legal_name", ""), _negated=True), _connector="OR"),
                name="institution_has_its_legal_name",
            ),
        ),
        AddConstraintNotValid(
            model_name="entity",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("kind", "PERSON"), _negated=True), ("legal_name", ""), _connector="OR"),
                name=FACT,
            ),
        ),
        migrations.RunPython(validate_where_nothing_stands_against_it, migrations.RunPython.noop),
    ]
