"""A kill switch of a tenant's, that keeps out no key which the tests use."""

from typing import Any

from core.clock import now
from core.operations.record_audit import SYSTEM
from tests.keys import a_key
from trading.operations.engage_kill_switch import SwitchTerms, engage_kill_switch


def make_switch(_house: Any, tenant: Any) -> str:
    key = a_key(tenant.client.entity_id, ["orders:read"], label="Killed", at=now())
    terms = SwitchTerms("CREDENTIAL", key.credential_id, "CLIENT_REQUEST")
    return str(engage_kill_switch(terms=terms, actor=SYSTEM, at=now()).pk)
