"""Statements of currency accounts, for the client's own systems: they tie, and two readers read back what the ledger says."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import mt940
import pytest

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.gateways.schemas import NOT_VALIDATED, SchemaBroken, Schemas
from compliance.models import ReportRun
from compliance.operations.verify_report import verify_report
from compliance.operations.write_report import write_report
from core.clock import now
from settlement.calendar import cut_off_at
from settlement.models import BalanceSnapshot, LedgerAccount
from settlement.operations.close_due_days import close_due_days
from tests.compliance.fiat_statements.reading import Read, read_camt053, read_mt940
from tests.compliance.reporting import PERSON, ask, content, hashes, rows, seal, write
from tests.world import Client, World
from trading.operations.match_market import match_market

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
SCHEMAS = Path(__file__).parent
AFTER = cut_off_at(WEDNESDAY) + timedelta(hours=1)


def busy_days() -> tuple[World, Client, Client]:
    """Monday with many deposits and a trade of parts of a cent, Tuesday with nothing, Wednesday with one deposit."""
    world = World()
    alder, birch = world.client("Alder", USD="10000.00"), world.client("Birch", BTC="3")
    for number in range(40):
        world.deposit(alder, "USD", f"{number + 1}.25", f"WIRE-{number:03}-FROM-A-BANK-WITH-LONG-REFERENCES")
    world.place(birch, "B-1", "SELL", "0.0001", "60000.50")
    world.place(alder, "A-1", "BUY", "0.0001", "60000.50")
    match_market(market_id=world.market_id, at=world.at)
    world.at += timedelta(days=2)
    world.deposit(alder, "USD", "5.00", "WIRE-LAST")
    close_due_days(at=AFTER)
    seal()
    return world, alder, birch


def statements(**options: Any) -> Any:
    chosen = {"from_date": str(MONDAY), "to_date": str(WEDNESDAY)}
    return ask("FIAT_STATEMENT", parameters=chosen, **{"at": AFTER} | options)


def of(client: Client, found: list[Read]) -> list[Read]:
    account = LedgerAccount.objects.get(profile_id=client.profile_id, asset__code="USD")
    return [each for each in found if each.account == account.pk.hex]


def check(client: Client, found: list[Read]) -> None:
    """Three days, numbered without a gap, each opening as the one before closed, equal to the snapshots."""
    own = of(client, found)
    assert [each.number for each in own] == [1, 2, 3]
    assert all(each.ties for each in own)
    assert [each.opening for each in own[1:]] == [each.closing for each in own[:-1]]
    snapshots = BalanceSnapshot.objects.filter(account__profile_id=client.profile_id, account__asset__code="USD")
    for each, snapshot in zip(own, snapshots.order_by("business_date"), strict=True):
        assert abs(each.closing - snapshot.closing) <= Decimal("0.005")
        assert abs(each.available - (snapshot.closing - snapshot.held)) <= Decimal("0.005")
    assert [len(each.lines) for each in own] == [43, 0, 1]


def test_camt053_is_read_back_and_ties(store: ReportStore, keys: ManifestKeys) -> None:
    _, alder, birch = busy_days()
    run = write(statements(), store, keys)
    found = read_camt053(content(run, store, "CAMT053"))
    check(alder, found)
    assert [each.day for each in of(alder, found)] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert {each.currency for each in found} == {"USD"}, "a coin has no currency code"
    assert len(of(birch, found)) == 3, "sold for dollars on Monday"


def test_mt940_is_read_back_in_pages_and_ties(store: ReportStore, keys: ManifestKeys) -> None:
    _, alder, _ = busy_days()
    run = write(statements(), store, keys)
    found = read_mt940(content(run, store, "MT940"))
    check(alder, found)
    first = of(alder, found)[0]
    assert first.pages > 2
    exact = [re.search(r"/EXACT/(\S+)", line[2]) for line in first.lines]
    assert [match[1] for match in exact if match] == ["6.000050"]
    assert first.lines[1][0] == Decimal("1.25")
    assert "DEPOSIT Deposit WIRE-000-FROM-A-BANK" in first.lines[1][2]


def test_the_library_that_banks_clients_use_reads_it_too(store: ReportStore, keys: ManifestKeys) -> None:
    _, alder, _ = busy_days()
    text = content(write(statements(entity_id=alder.entity_id), store, keys), store, "MT940").decode()
    ours = read_mt940(text.encode())
    for statement in ours:
        own = [part for part in text.split("\r\n-\r\n") if f":28C:{statement.number:05}/" in part]
        amounts: list[Decimal] = []
        for message in own:
            # One message at a time: the library merges several into one pair of balances.
            read = mt940.models.Transactions()
            read.parse(message.replace("\r\n", "\n"))
            amounts += [each.data["amount"].amount for each in read.transactions if "amount" in each.data]
        assert amounts == [line[0] for line in statement.lines]


def test_the_files_are_the_rows_and_are_made_again_to_the_byte(store: ReportStore, keys: ManifestKeys) -> None:
    _, alder, _ = busy_days()
    run = write(statements(entity_id=alder.entity_id), store, keys)
    printed = [row for row in rows(run, store) if row["line_type"] == "MOVEMENT"]
    lines = [line for each in read_camt053(content(run, store, "CAMT053")) for line in each.lines]
    assert [(Decimal(row["amount"]), row["posting_no"]) for row in printed] == [line[:2] for line in lines]
    assert sorted(name.rsplit("_", 1)[1] for name, _ in hashes(run)) == [
        "0001.camt053.xml",
        "0001.csv",
        "0001.mt940.txt",
    ]
    assert verify_report(run_id=run.pk, actor=PERSON, store=store, keys=keys, at=now()).result == "SAME"
    assert b"." in content(run, store, "CAMT053")


def test_a_day_that_has_not_ended_has_no_statement(store: ReportStore, keys: ManifestKeys) -> None:
    world, alder, _ = busy_days()
    world.at = cut_off_at(WEDNESDAY)
    world.deposit(alder, "USD", "1.00")
    seal()
    tomorrow = str(WEDNESDAY + timedelta(days=1))
    wish = ask("FIAT_STATEMENT", parameters={"from_date": tomorrow, "to_date": tomorrow}, at=AFTER)
    run = write(wish, store, keys)
    assert (run.row_count, content(run, store, "MT940"), read_camt053(content(run, store, "CAMT053"))) == (0, b"", [])


def manifest(run: ReportRun, store: ReportStore) -> Any:
    return json.loads(content(run, store, "MANIFEST", part=0))["body"]["run"]["validation"]


def test_without_the_schema_the_manifest_says_that_nobody_looked(store: ReportStore, keys: ManifestKeys) -> None:
    busy_days()
    assert manifest(write(statements(), store, keys), store) == {"CAMT053": NOT_VALIDATED}


def test_with_a_schema_the_file_is_held_against_it(store: ReportStore, keys: ManifestKeys, settings: Any) -> None:
    settings.XSD_DIR = SCHEMAS
    busy_days()
    told = manifest(write(statements(), store, keys), store)["CAMT053"]
    assert re.fullmatch(r"camt\.053\.001\.08\.xsd, SHA-256 [0-9a-f]{64}", told)


def test_what_a_schema_refuses_is_not_handed_out(
    store: ReportStore, keys: ManifestKeys, settings: Any, tmp_path: Path
) -> None:
    schema = (SCHEMAS / "camt.053.001.08.xsd").read_text().replace('name="ElctrncSeqNb"', 'name="LglSeqNb"')
    (tmp_path / "camt.053.001.08.xsd").write_text(schema)
    settings.XSD_DIR = tmp_path
    busy_days()
    run_id = statements()
    assert write_report(run_id=run_id, store=store, keys=keys, clock=now)
    run = ReportRun.objects.get(pk=run_id)
    assert (run.state, run.failure_code) == ("FAILED", "SCHEMA_BROKEN")
    assert "ElctrncSeqNb" in run.failure_detail
    with pytest.raises(SchemaBroken), (SCHEMAS / "reading.py").open("rb") as stream:
        Schemas(SCHEMAS).validate("camt.053.001.08", stream)
