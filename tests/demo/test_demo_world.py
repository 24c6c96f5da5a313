"""The demo world is there after one run, unchanged after two, and repaired when its secrets are lost."""

import json
import stat
import threading
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import Client

from accounts.models import ApiCredential, ApprovalRequest, Profile, StaffUser
from config.demo.arrivals import Play
from config.demo.flow.blocks import Blocks
from config.demo.quoting import CAPITAL, capital_reference
from config.demo.sheet import FILE_NAME, DemoSheet, read_sheet
from config.demo.world import build_world
from core.clock import now
from settlement.models import Deposit, Destination, LedgerAccount, Posting, Rail
from settlement.operations.take_in_arrivals import take_in_arrivals
from trading.models import Market
from trading.operations.match_market import forget_books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_books() -> None:
    forget_books()


def test_two_runs_make_one_world(settings, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    call_command("demo", verbosity=0)
    first = read_sheet(tmp_path)
    counted = (Profile.objects.count(), Deposit.objects.count(), Posting.objects.count(), ApiCredential.objects.count())
    call_command("demo", verbosity=0)
    assert read_sheet(tmp_path) == first
    assert counted == (
        Profile.objects.count(), Deposit.objects.count(), Posting.objects.count(), ApiCredential.objects.count(),
    )  # fmt: skip
    assert counted[0] >= 20
    assert ApprovalRequest.objects.filter(action="LIMIT_CHANGE", status="PENDING").count() == 1
    assert Destination.objects.filter(usable_from__gt=now()).count() == 1
    assert Rail.objects.exclude(cut_off=None).count() == 1
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_markets_have_a_price_and_the_books_tie(settings, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    call_command("demo", verbosity=0)
    prices = dict(Market.objects.values_list("symbol", "reference_price"))
    assert prices == {
        "BTC-USD": Decimal(60_000),
        "ETH-USD": Decimal(3_000),
        "SOL-USD": Decimal(150),
        "USDC-USD": Decimal("0.9999"),
    }
    for total in LedgerAccount.objects.values("asset").annotate(total=Sum("balance")):
        assert total["total"] == 0


def test_each_person_signs_in_with_what_the_sheet_and_the_code_command_say(settings, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    call_command("demo", verbosity=0)
    sheet = read_sheet(tmp_path)
    assert sorted(person.role for person in sheet.staff) == [
        "ADMINISTRATOR", "ADMINISTRATOR", "AUDITOR", "COMPLIANCE", "DESK", "OPERATIONS", "SUPERVISOR", "TREASURER",
    ]  # fmt: skip
    for person in sheet.staff:
        client, said = Client(), StringIO()
        half = client.post("/ops/sign-in", {"email": person.email, "password": person.password})
        assert half["Location"] == "/ops/sign-in/factor"
        # Twice in a row: the code of this half minute is used up by the first time.
        for _ in range(2):
            call_command("demo", "code", person.email, stdout=said)
            code = said.getvalue().split()[-1]
        assert client.post("/ops/sign-in/factor", {"code": code})["Location"] == "/ops/"
        assert client.get("/ops/", follow=True).status_code == 200
        call_command("demo", "code", person.email, stdout=said)
        assert said.getvalue().split()[-1] != code
    with pytest.raises(CommandError, match=r"nobody@example\.com"):
        call_command("demo", "code", "nobody@example.com")


def test_lost_secrets_are_given_anew() -> None:
    world = build_world(known=DemoSheet(), at=now())
    again = build_world(known=DemoSheet(), at=now())
    assert again.created == {"new sign-ins": 8, "credentials": len(world.sheet.clients)}
    assert [client.profile_id for client in again.sheet.clients] == [
        client.profile_id for client in world.sheet.clients
    ]
    person = again.sheet.staff[0]
    user = StaffUser.objects.get(email=person.email)
    assert user.check_password(person.password)
    assert not user.check_password(world.sheet.staff[0].password)


def test_the_custodian_has_one_thing_more_than_the_ledger(settings, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    call_command("demo", verbosity=0)
    held = json.loads((tmp_path / "custodian.json").read_text())
    known = set(Deposit.objects.values_list("outside_reference", flat=True)) | {
        capital_reference(code) for code in CAPITAL
    }
    assert [reference for account in held.values() for reference in account if reference not in known] == [
        "STRONGROOM-20931"
    ]
    booked = set(Deposit.objects.exclude(status="DETECTED").values_list("outside_reference", flat=True))
    assert {reference for account in held.values() for reference in account} >= booked


def test_a_broken_sheet_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"staff": [{"email"')
    assert read_sheet(tmp_path) == DemoSheet()


def test_what_comes_in_by_itself_waits_for_whoever_has_to_look(settings, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    call_command("demo", verbosity=0)
    arrived = Deposit.objects.exclude(source="OPENING").values_list("outside_reference", "status", "review_reason")
    assert sorted(arrived) == [
        ("DEMO-BTC-1", "UNDER_REVIEW", "TRAVEL_RULE"),
        ("DEMO-BTC-2", "UNDER_REVIEW", "SCREENING"),
        ("DEMO-ETH-1", "DETECTED", ""),
        ("DEMO-WIRE-1", "CREDITED", ""),
        ("DEMO-WIRE-2", "UNDER_REVIEW", "UNATTRIBUTED"),
    ]
    sheet, at = read_sheet(tmp_path), now()
    blocks = Blocks(sheet=sheet, state_dir=tmp_path, say=print, stop=threading.Event())
    play = Play.of(tmp_path, at=at)
    seen = []
    for _ in range(11):
        blocks.mine()
        take_in_arrivals(gateway=play.chain, at=now(), screener=play.screener)
        counting = Deposit.objects.get(outside_reference="DEMO-ETH-1")
        seen.append((counting.confirmations_seen, counting.status))
    assert seen[0] == (2, "DETECTED")
    assert seen[-1] == (12, "CREDITED")
    for _ in range(13):
        blocks.mine()
    take_in_arrivals(gateway=play.chain, at=now(), screener=play.screener)
    assert Deposit.objects.filter(outside_reference__startswith="DEMO-ETH-", status="DETECTED").count() == 1
