"""What each profile had, from sealed entries and events alone, equal to the ledger and never ahead of the watermark."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from core.clock import now
from core.models import SealedRecord
from settlement.models import LedgerAccount
from settlement.operations.end_withdrawal import cancel_withdrawal
from tests.compliance.reporting import ask, balances, rows, seal, trading_day, write
from tests.settlement.withdrawals.paying import Paying

pytestmark = pytest.mark.django_db(transaction=True)


def figures(printed: list[dict[str, str]]) -> dict[tuple[str, str, str], Decimal]:
    return {(row["ProfileID"], row["Asset"], row["BalanceType"]): Decimal(row["Balance"]) for row in printed}


def ledger() -> dict[tuple[str, str, str], Decimal]:
    told = {}
    for account in LedgerAccount.objects.filter(kind="CLIENT").select_related("asset"):
        told[str(account.profile_id), account.asset.code, "AVAILABLE"] = account.balance - account.held
        told[str(account.profile_id), account.asset.code, "TRADING"] = account.held
    return told


def test_it_is_the_ledger_with_what_orders_reserve(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    printed = rows(write(balances(day), store, keys), store)
    assert list(printed[0]) == ["entity", "Asset", "Balance", "BalanceType", "ProfileID", "Timestamp"]
    assert figures(printed) == ledger()
    assert figures(printed)[str(day.birch.profile_id), "BTC", "TRADING"] == Decimal("0.5")
    assert printed == sorted(printed, key=lambda row: (row["ProfileID"], row["Asset"], row["BalanceType"]))


def test_amounts_have_the_digits_of_their_asset(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    for row in rows(write(balances(day), store, keys), store):
        assert len(row["Balance"].split(".")[1]) == {"USD": 6, "BTC": 8}[row["Asset"]]


def test_an_asset_once_held_prints_at_zero_and_one_never_held_is_absent(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    cedar = day.world.client("Cedar", BTC="0.2")
    day.world.place(cedar, "C-1", "SELL", "0.2", "59000.00")
    day.world.place(day.alder, "A-9", "BUY", "0.2", "59000.00")
    day.world.match()
    seal()
    told = figures(rows(write(balances(day), store, keys), store))
    assert told[str(cedar.profile_id), "BTC", "AVAILABLE"] == 0
    assert told[str(cedar.profile_id), "BTC", "TRADING"] == 0
    dogwood = day.world.client("Dogwood", USD="1.00")
    seal()
    told = figures(rows(write(balances(day), store, keys), store))
    assert {key[1] for key in told if key[0] == str(dogwood.profile_id)} == {"USD"}


def test_a_late_entry_is_not_smuggled_in(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    as_of = now()
    wished = balances(day, as_of=as_of)
    # It happened before the instant, and became known only now.
    day.world.deposit(day.alder, "USD", "5.00")
    seal()
    original = write(wished, store, keys)
    restated = write(balances(day, as_of=as_of), store, keys)
    key = (str(day.alder.profile_id), "USD", "AVAILABLE")
    assert figures(rows(restated, store))[key] - figures(rows(original, store))[key] == Decimal("5")
    assert restated.known_at > original.known_at


def test_what_happened_after_the_cut_off_is_not_in(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    cut_off = now()
    before = ledger()
    day.world.at = cut_off + timedelta(seconds=1)
    day.world.deposit(day.alder, "USD", "5.00")
    day.world.place(day.birch, "B-3", "SELL", "0.1", "61000.00")
    day.world.match()
    seal()
    assert figures(rows(write(balances(day, as_of=cut_off), store, keys), store)) == before


def test_a_day_that_is_over_is_cut_off_at_its_midnight(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    run_id = ask("PROFILE_BALANCES", parameters={"business_date": str(day.date)}, at=now() + timedelta(days=2))
    printed = rows(write(run_id, store, keys), store)
    assert {row["Timestamp"] for row in printed} == {f"{day.date + timedelta(days=1)}T00:00:00.000000Z"}


def test_no_watermark_shows_an_amount_that_is_paid_and_still_held(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    as_of = now()
    total = {"USD": Decimal("100000"), "BTC": Decimal("3")}
    for known_at in range(SealedRecord.objects.count() + 1):
        told = figures(rows(write(balances(day, as_of=as_of, known_at=known_at), store, keys), store))
        assert all(value >= 0 for value in told.values()), known_at
        for code, most in total.items():
            assert sum(value for key, value in told.items() if key[1] == code) <= most


def test_one_entity_sees_its_own_profiles(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    own: UUID = day.alder.entity_id
    printed = rows(write(balances(day, entity_id=own), store, keys), store)
    assert {row["entity"] for row in printed} == {str(own)}
    assert {row["ProfileID"] for row in printed} == {str(day.alder.profile_id)}


def test_what_a_withdrawal_reserves_is_its_own_kind_until_it_is_paid_or_given_back(
    store: ReportStore, keys: ManifestKeys, tmp_path: Path
) -> None:
    day = trading_day()
    paying = Paying(day.world, tmp_path)
    paying.custodian.receive(asset="USD", amount=Decimal(100_000), reference="ALL", at=day.world.at)
    paying.at = now()
    paid, given_back = paying.ask(day.alder, "100.00"), paying.ask(day.alder, "50.00", "W-2")
    key = (str(day.alder.profile_id), "USD", "PENDING_DEBIT")

    def told() -> dict[tuple[str, str, str], Decimal]:
        seal()
        return figures(rows(write(balances(day), store, keys), store))

    before = told()
    assert before[key] == 180
    assert sum(value for name, value in before.items() if name[:2] == key[:2]) == day.world.balance(day.alder, "USD")[0]
    cancel_withdrawal(
        withdrawal_id=given_back.pk, entity_id=day.alder.entity_id, actor=paying.actor(day.alder), at=now()
    )
    assert told()[key] == 115
    paying.at = now()
    paying.sweep()
    paid.refresh_from_db()
    assert paid.status == "COMPLETED"
    assert key not in told()
    assert told() == ledger()
