"""`manage.py prepare_keys`: the table of the vault's keys, in the database of their own. Run as its owner, like migrate."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from psycopg.conninfo import conninfo_to_dict

from accounts.gateways.key_ring import installed_ring
from accounts.gateways.key_schema import prepare


class Command(BaseCommand):
    """Creates what is missing; what is there stays as it is."""

    help = __doc__ or ""
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the table, let the role that the application connects as use it, and see that there are keys to wrap with."""
        installed_ring()
        user = conninfo_to_dict(settings.KEYS_DATABASE).get("user") or "cth_keys"
        prepare(settings.KEYS_OWNER, str(user))
