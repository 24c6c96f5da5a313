"""The page of a market tells its terms' history: who, when, what was and what is, by which request."""

import re
from decimal import Decimal

import pytest
from django.db import transaction
from django.http import HttpResponse

from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import Actor, record_audit
from core.queries.histories import list_versions
from tests.desk import a_person, signed_in
from tests.world import World
from trading.models import Market

pytestmark = pytest.mark.django_db(transaction=True)


def plain(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def change(world: World, *, actor: Actor, **terms: object) -> AuditEntry:
    with transaction.atomic():
        Market.objects.filter(pk=world.market_id).update(**terms)
        record_audit(
            actor=actor,
            action="trading.market.change",
            object_type="trading.market",
            object_id=world.market_id,
            at=now(),
        )
    return AuditEntry.objects.latest("pk")


def test_the_page_says_who_changed_which_term_when_and_by_which_request() -> None:
    world = World()
    person = a_person("Sam Supervisor", role="SUPERVISOR")
    actor = Actor("PERSON", person.pk, request_id="req-abcdef12")
    entry = change(world, actor=actor, execution_band=Decimal("0.03"), version=2)
    shown = signed_in(a_person(role="COMPLIANCE")).get("/ops/markets/BTC-USD")
    for word in ("Created", "Execution band", "0.02", "0.03", "Sam Supervisor", "trading.market.change", "abcdef12"):
        assert word in plain(shown), word
    assert f'href="/ops/audit/{entry.pk}"' in shown.content.decode()
    assert "/ops/audit/" not in signed_in(a_person(role="DESK")).get("/ops/markets/BTC-USD").content.decode()


def test_a_change_around_the_operations_is_said_to_be_one() -> None:
    world = World()
    Market.objects.filter(pk=world.market_id).update(max_amount=Decimal(5))
    shown = plain(signed_in().get("/ops/markets/BTC-USD"))
    assert "Max amount" in shown
    assert "around the operations: no audit entry" in shown


def test_the_newest_versions_are_told_newest_first_and_no_more_than_asked() -> None:
    world = World()
    actor = Actor("SYSTEM", None)
    for number in range(3, 9):
        change(world, actor=actor, execution_band=Decimal(number) / 100)
    versions = list_versions(Market, world.market_id, most=3)
    told = [(each.changes[0].before, each.changes[0].after) for each in versions]
    assert told == [("0.07", "0.08"), ("0.06", "0.07"), ("0.05", "0.06")]
    everything = list_versions(Market, world.market_id)
    assert [each.label for each in everything] == ["update"] * 6 + ["insert"]
    assert everything[-1].changes == ()
