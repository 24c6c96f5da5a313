"""Two facts of credentials said so that nothing slips past: a null hash is no hash, and a list of paces is no pace."""

from django.db import migrations, models
from django.db.models.expressions import RawSQL

KNOWN_LIMITS = """
rate_limits IS NULL OR (
    jsonb_typeof(rate_limits) = 'object'
    AND rate_limits - '{orders,cancels,writes,reads,tokens}'::text[] = '{}'::jsonb
    AND NOT jsonb_path_exists(rate_limits, 'strict $.* ? (@.type() <> "string")')
    AND NOT jsonb_path_exists(rate_limits,
        'strict $.* ? (!(@ like_regex "^(0|[1-9][0-9]{0,5})([.][0-9]{1,6})?/[1-9][0-9]{0,5}$"))')
)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_histories")]

    operations = [
        migrations.RemoveConstraint(model_name="apicredential", name="previous_secret_is_hashed_and_ends"),
        migrations.RemoveConstraint(model_name="apicredential", name="credential_limits_are_known"),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(
                condition=models.Q(("previous_secret_ends_at__isnull", True), ("previous_secret_hash__isnull", True))
                | models.Q(
                    ("previous_secret_ends_at__isnull", False),
                    ("previous_secret_hash__isnull", False),
                    ("previous_secret_hash__regex", "^[0-9a-f]{64}$"),
                    ("secret_hash__isnull", False),
                ),
                name="previous_secret_is_hashed_and_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(
                condition=RawSQL(" ".join(KNOWN_LIMITS.split()), (), models.BooleanField()),  # noqa: S611
                name="credential_limits_are_known",
            ),
        ),
    ]
