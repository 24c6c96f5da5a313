"""The ledger's reports tie to the ledger, add up, and come out the same to the byte when they are made again."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.operations.verify_report import verify_report
from core.clock import now
from core.domain.refusals import NotFound
from core.operations.record_audit import Actor
from settlement.calendar import cut_off_at
from settlement.models import LedgerAccount
from settlement.operations.close_due_days import close_due_days
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from tests.compliance.reporting import PERSON, Day, ask, hashes, rows, seal, trading_day, write
from tests.desk import a_person
from tests.four_eyes import approve
from tests.world import MONDAY, World

pytestmark = pytest.mark.django_db(transaction=True)
CODES = ("TRIAL_BALANCE", "GENERAL_LEDGER", "ACCOUNT_STATEMENT")


def of_today(code: str, day: Day, **options: Any) -> UUID:
    return ask(code, parameters={"from_date": str(day.date), "to_date": str(day.date)}, **options)


def ledger() -> dict[str, Decimal]:
    return dict(LedgerAccount.objects.exclude(balance=0).values_list("code", "balance"))


def test_the_trial_balance_is_the_ledger_and_its_sides_are_equal(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    printed = rows(write(of_today("TRIAL_BALANCE", day), store, keys), store)
    told = {row["account_code"]: Decimal(row["closing_credit"]) - Decimal(row["closing_debit"]) for row in printed}
    assert {code: amount for code, amount in told.items() if amount} == ledger()
    for column in ("opening", "period", "closing"):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in printed:
            sums[row["asset"]] += Decimal(row[f"{column}_credit"]) - Decimal(row[f"{column}_debit"])
        assert set(sums.values()) == {0}, column


def test_the_general_ledger_runs_to_the_balance_of_each_account(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    printed = rows(write(of_today("GENERAL_LEDGER", day), store, keys), store)
    running: dict[str, Decimal] = defaultdict(Decimal)
    for row in printed:
        running[row["account_code"]] += Decimal(row["credit"]) - Decimal(row["debit"])
        assert running[row["account_code"]] == Decimal(row["running_balance"])
    assert {code: amount for code, amount in running.items() if amount} == ledger()
    numbers = sorted({int(row["entry_seq"]) for row in printed})
    assert numbers == list(range(1, numbers[-1] + 1)), "no entry is left out"


def test_a_statement_opens_with_what_was_there_and_closes_with_what_is(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    printed = rows(write(of_today("ACCOUNT_STATEMENT", day), store, keys), store)
    by_account: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in printed:
        by_account[row["profile_id"], row["asset"]].append(row)
    for (profile, asset), lines in by_account.items():
        assert [line["line_type"] for line in lines] == ["OPENING", *["MOVEMENT"] * (len(lines) - 2), "CLOSING"]
        assert sum(Decimal(line["change"]) for line in lines) == Decimal(lines[-1]["balance"])
        account = LedgerAccount.objects.get(profile_id=profile, asset__code=asset)
        assert Decimal(lines[-1]["balance"]) == account.balance


@pytest.mark.parametrize("code", CODES)
def test_made_again_it_is_the_same_to_the_byte_and_late_entries_are_in_the_restated_one(
    code: str, store: ReportStore, keys: ManifestKeys
) -> None:
    day = trading_day()
    seal()
    as_of = now()
    original = write(of_today(code, day, as_of=as_of), store, keys)
    day.world.deposit(day.alder, "USD", "5.00")
    seal()
    restated = write(of_today(code, day, as_of=as_of), store, keys)
    assert verify_report(run_id=original.pk, actor=PERSON, store=store, keys=keys, at=now()).result == "SAME"
    assert len(rows(restated, store)) >= len(rows(original, store))
    assert hashes(restated) != hashes(original)


def test_one_entity_sees_its_own_statement_alone_and_tomorrow_opens_with_today(
    store: ReportStore, keys: ManifestKeys
) -> None:
    day = trading_day()
    seal()
    tomorrow = str(day.date + timedelta(days=1))
    chosen = {"from_date": tomorrow, "to_date": tomorrow}
    own = {"parameters": chosen, "entity_id": day.alder.entity_id, "at": now() + timedelta(days=3)}
    printed = rows(write(ask("ACCOUNT_STATEMENT", **own), store, keys), store)
    assert {row["entity"] for row in printed} == {str(day.alder.entity_id)}
    usd = LedgerAccount.objects.get(profile_id=day.alder.profile_id, asset__code="USD").balance
    assert [Decimal(row["balance"]) for row in printed if row["asset"] == "USD"] == [usd, usd]
    for code in ("TRIAL_BALANCE", "GENERAL_LEDGER"):
        with pytest.raises(NotFound):
            ask(code, **own)
    whole = ask("TRIAL_BALANCE", parameters=chosen, at=now() + timedelta(days=3))
    opened = rows(write(whole, store, keys), store)
    assert usd in [Decimal(row["opening_credit"]) for row in opened]
    assert {Decimal(row["period_debit"]) for row in opened} == {0}


@pytest.mark.parametrize("code", ["ACCOUNT_STATEMENT", "FIAT_STATEMENT"])
def test_a_client_reads_neither_the_staffs_reason_nor_anothers_name_of_a_transfer(
    code: str, store: ReportStore, keys: ManifestKeys
) -> None:
    world = World()
    alder, birch = world.client("Alder", USD="500.00"), world.client("Birch", USD="500.00")
    maker = Actor("PERSON", a_person("Olive Operator", "OPERATIONS").pk)
    wish = TransferWish(birch.profile_id, alder.profile_id, "USD", Decimal("50.00"), "SECRET-NAME")
    started = start_transfers(wishes=[wish], actor=maker, at=world.at)
    if started.transfers[0].status != "EXECUTED":
        approve(started.transfers[0].approval_id)
    account = LedgerAccount.objects.get(profile_id=alder.profile_id, asset__code="USD")
    line = LineTerms(account.pk, world.omnibus["USD"], Decimal("12.00"))
    terms = JournalTerms("BANK_CHARGE", "Suspected fraud, under watch.", [line])
    journal = draft_journal(terms=terms, actor=maker, at=world.at)
    approve(submit_journal(journal_id=journal.pk, actor=maker, at=world.at))
    day = MONDAY.date()
    after = cut_off_at(day) + timedelta(hours=1)
    close_due_days(at=after)
    seal()
    told = {}
    for client in (alder, birch):
        chosen = {"from_date": str(day), "to_date": str(day)}
        run = write(ask(code, parameters=chosen, entity_id=client.entity_id, at=after), store, keys)
        printed = [row for row in rows(run, store) if row["line_type"] == "MOVEMENT" and row["kind"] != "DEPOSIT"]
        told[client.entity_id] = {row["kind"]: row["narrative"] for row in printed}
    assert told == {
        alder.entity_id: {"INTERNAL_TRANSFER": "Transfer", "MANUAL_JOURNAL": "BANK_CHARGE"},
        birch.entity_id: {"INTERNAL_TRANSFER": "Transfer SECRET-NAME"},
    }
