"""Credentials with networks, a signing key, two secrets and paces of their own; buckets in a table that no disk waits for."""

import django.contrib.postgres.fields
import django.db.models.expressions
from django.db import migrations, models

import core.fields

KNOWN_LIMITS = """
rate_limits IS NULL OR (
    jsonb_typeof(rate_limits) = 'object'
    AND rate_limits - '{orders,cancels,writes,reads,tokens}'::text[] = '{}'::jsonb
    AND NOT jsonb_path_exists(rate_limits, '$.* ? (@.type() <> "string")')
    AND NOT jsonb_path_exists(rate_limits,
        '$.* ? (!(@ like_regex "^(0|[1-9][0-9]{0,5})([.][0-9]{1,6})?/[1-9][0-9]{0,5}$"))')
)
"""
CANCELS_KEEP_UP = """
rate_limits IS NULL OR NOT rate_limits ?| '{orders,cancels}'::text[] OR (
    rate_limits ?& '{orders,cancels}'::text[]
    AND split_part(rate_limits ->> 'cancels', '/', 1)::numeric >= split_part(rate_limits ->> 'orders', '/', 1)::numeric
    AND split_part(rate_limits ->> 'cancels', '/', 2)::numeric >= split_part(rate_limits ->> 'orders', '/', 2)::numeric
)
"""


def _sql(text: str) -> django.db.models.expressions.RawSQL:
    return django.db.models.expressions.RawSQL(" ".join(text.split()), (), models.BooleanField())  # noqa: S611


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_approvals")]

    operations = [
        migrations.CreateModel(
            name="RateBucket",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key__regex", "^[a-z]+:[0-9a-f-]{4,36}$")), name="bucket_names_its_owner"
                    )
                ],
            },
        ),
        # A bucket's row is written with every request: versions of it stay on its own page, and no log is kept of them.
        migrations.RunSQL(
            "ALTER TABLE accounts_ratebucket SET UNLOGGED; ALTER TABLE accounts_ratebucket SET (fillfactor = 20);",
            "ALTER TABLE accounts_ratebucket SET LOGGED;",
        ),
        migrations.AlterField(
            model_name="apicredential",
            name="secret_hash",
            field=models.CharField(blank=True, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="apicredential",
            name="previous_secret_hash",
            field=models.CharField(blank=True, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="apicredential",
            name="previous_secret_ends_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="apicredential",
            name="allowed_cidrs",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=core.fields.CidrField(), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="apicredential",
            name="signing_public_key",
            field=models.CharField(blank=True, max_length=44, null=True),
        ),
        migrations.AddField(
            model_name="apicredential", name="rate_limits", field=models.JSONField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="apicredential",
            name="last_used_from",
            field=models.GenericIPAddressField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(
                condition=models.Q(("previous_secret_ends_at__isnull", True), ("previous_secret_hash__isnull", True))
                | models.Q(
                    ("previous_secret_ends_at__isnull", False),
                    ("previous_secret_hash__regex", "^[0-9a-f]{64}$"),
                    ("secret_hash__isnull", False),
                ),
                name="previous_secret_is_hashed_and_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(
                condition=models.Q(("previous_secret_hash__isnull", True))
                | ~models.Q(("previous_secret_hash", models.F("secret_hash"))),
                name="credential_secrets_differ",
            ),
        ),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(
                condition=models.Q(("signing_public_key__isnull", True))
                | models.Q(("signing_public_key__regex", "^[A-Za-z0-9+/]{43}=$")),
                name="signing_key_has_32_bytes",
            ),
        ),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(
                condition=models.Q(("allowed_cidrs__len__lte", 50)), name="credential_networks_are_bounded"
            ),
        ),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(condition=_sql(KNOWN_LIMITS), name="credential_limits_are_known"),
        ),
        migrations.AddConstraint(
            model_name="apicredential",
            constraint=models.CheckConstraint(
                condition=_sql(CANCELS_KEEP_UP), name="credential_cancels_as_fast_as_it_orders"
            ),
        ),
    ]
