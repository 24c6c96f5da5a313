"""The house of the matrix: built once for a module, what each test does to it is rolled back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from accounts.domain.rate_limits import parse_pace
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from tests.authz.firing import PRINCIPALS, Machine, begin
from tests.authz.house import build_house
from tests.authz.schema import operations


@pytest.fixture(scope="module")
def built_machine(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    place = tmp_path_factory.mktemp("authz")
    places = {"REPORT_DIR": place / "reports", "REPORT_KEYS_DIR": place / "keys", "DOCUMENT_DIR": place / "documents"}
    assert all(hasattr(settings, name) for name in places)
    # Limits have tests of their own; here they would count thousands of requests of few credentials.
    limits = {name: parse_pace("999999/999999") for name in settings.RATE_LIMITS}
    with override_settings(**places, RATE_LIMITS=limits), django_db_blocker.unblock():
        block: Any = transaction.atomic()
        # As Django's own test case marks its block: operations may open their durable transactions in it.
        block._from_testcase = True
        with block:
            begin()
            machine = Machine(build_house())
            world = machine.house.world
            custodian = CustodianSimulator(place / "custodian.json")
            reconcile_omnibus(omnibus_id=world.omnibus["USD"], custodian=custodian, as_of=world.at, at=world.at)
            for principal in PRINCIPALS:
                for scope in {operation.scope for operation in operations().values()}:
                    machine.token(principal, scope)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            yield machine
            transaction.set_rollback(True)
        begin()


@pytest.fixture
def machine(built_machine: Machine, db: None) -> Machine:
    """The machine; what the test does is rolled back by the test's own transaction inside the house's."""
    return built_machine
