"""The rules of credentials live in the database: each is hit by going around Python."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import ApiCredential, RateBucket
from core import clock
from tests.people import a_client

pytestmark = pytest.mark.django_db
HASH, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def mine():
    credential_id = a_client().credential.credential_id
    ApiCredential.objects.filter(pk=credential_id).update(secret_hash=HASH)
    return credential_id


def change(credential_id, columns):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE accounts_apicredential SET {columns} WHERE id = %s", [credential_id])


@pytest.mark.parametrize(
    ("fact", "columns"),
    [
        ("credential_secret_is_hashed", "secret_hash = 'open sesame'"),
        ("previous_secret_is_hashed_and_ends", f"previous_secret_hash = '{OTHER}'"),
        ("previous_secret_is_hashed_and_ends", "previous_secret_ends_at = now()"),
        ("previous_secret_is_hashed_and_ends", "previous_secret_hash = 'x', previous_secret_ends_at = now()"),
        (
            "previous_secret_is_hashed_and_ends",
            f"secret_hash = NULL, previous_secret_hash = '{OTHER}', previous_secret_ends_at = now()",
        ),
        ("credential_secrets_differ", "previous_secret_hash = secret_hash, previous_secret_ends_at = now()"),
        ("signing_key_has_32_bytes", "signing_public_key = 'AAAA'"),
        ("signing_key_has_32_bytes", "signing_public_key = repeat('A', 44)"),
        ("credential_networks_are_bounded", "allowed_cidrs = array_fill('10.0.0.0/8'::cidr, ARRAY[51])"),
        ("credential_limits_are_known", """rate_limits = '[]'"""),
        ("credential_limits_are_known", """rate_limits = '"50/100"'"""),
        ("credential_limits_are_known", """rate_limits = '{"public": "1/1"}'"""),
        ("credential_limits_are_known", """rate_limits = '{"reads": 5}'"""),
        ("credential_limits_are_known", """rate_limits = '{"reads": null}'"""),
        ("credential_limits_are_known", """rate_limits = '{"reads": ["1/1"]}'"""),
        ("credential_limits_are_known", """rate_limits = '{"reads": "1e3/5"}'"""),
        ("credential_limits_are_known", """rate_limits = '{"reads": "5/0"}'"""),
        ("credential_cancels_as_fast_as_it_orders", """rate_limits = '{"orders": "5/10"}'"""),
        ("credential_cancels_as_fast_as_it_orders", """rate_limits = '{"cancels": "500/1000"}'"""),
        ("credential_cancels_as_fast_as_it_orders", """rate_limits = '{"orders": "5/10", "cancels": "4/10"}'"""),
        ("credential_cancels_as_fast_as_it_orders", """rate_limits = '{"orders": "5/10", "cancels": "5/9"}'"""),
    ],
)
def test_the_fact_refuses(mine, fact, columns):
    with pytest.raises(IntegrityError) as caught:
        change(mine, columns)
    assert caught.value.__cause__.diag.constraint_name == fact


@pytest.mark.parametrize("network", ["10.0.0.1/8", "everywhere", "10.0.0.0/33", "2001:db8::1/32"])
def test_what_is_no_network_is_no_value(mine, network):
    with pytest.raises(DatabaseError, match=r"invalid (cidr value|input syntax for type cidr)"):
        change(mine, f"allowed_cidrs = '{{{network}}}'")


def test_what_is_sound_is_taken(mine):
    change(
        mine,
        """rate_limits = '{"orders": "200/400", "cancels": "200/400", "reads": "0.5/10"}', secret_hash = NULL,"""
        """ signing_public_key = '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', allowed_cidrs = '{10.0.0.0/8,::/0}'""",
    )
    credential = ApiCredential.objects.get(pk=mine)
    assert credential.allowed_cidrs == ["10.0.0.0/8", "::/0"]
    assert credential.rate_limits == {"orders": "200/400", "cancels": "200/400", "reads": "0.5/10"}


def test_a_bucket_names_its_owner():
    for key in ("orders", "orders:", "ORDERS:abcd", "orders:me", "orders:" + "a" * 37):
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            RateBucket.objects.create(key=key, full_at=clock.now())
        assert caught.value.__cause__.diag.constraint_name == "bucket_names_its_owner"


def test_buckets_wait_for_no_disk():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'accounts_ratebucket'::regclass")
        assert cursor.fetchone() == ("u",)
