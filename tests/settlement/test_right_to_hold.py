"""Value that stays where nobody may hold it: nothing is refused, and everybody who looks sees it."""

from uuid import uuid4

import pytest

from accounts.models import ProfileMember
from accounts.operations.set_control import OPERATOR, ControlWish, set_control
from core.clock import now
from core.operations.record_audit import Actor
from settlement.tasks import check_rights_to_hold
from tests.desk import signed_in
from tests.world import World

pytestmark = pytest.mark.django_db


def test_a_balance_whose_owner_may_not_hold_is_listed_on_the_ledgers_page_and_told_at_night():
    world = World()
    alder, birch = world.client("Alder", USD="100.00"), world.client("Birch", USD="50.00", BTC="1")
    assert check_rights_to_hold() == 0
    assert "Held without the right to" not in signed_in().get("/ops/ledger").content.decode()

    for client, kind in ((alder, "FROZEN"), (birch, "CLOSED")):
        holder = ProfileMember.objects.get(profile_id=client.profile_id).identity_id
        wish = ControlWish(kind, "OTHER")
        set_control(identity_id=holder, wish=wish, set_by=OPERATOR, actor=Actor("PERSON", uuid4()), at=now())

    assert check_rights_to_hold() == 2, "a freeze lets one hold, an end does not"
    shown = signed_in().get("/ops/ledger").content.decode()
    listed = shown[shown.index("Held without the right to") :]
    assert "Birch" in listed
    assert "Alder" not in listed
