"""The facts of rails, destinations, limits and withdrawals: each with a statement that goes around Python to hit it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection

from accounts.models import Profile
from settlement.models import Destination, LedgerAccount, Rail, RailChange, Withdrawal, WithdrawalFee, WithdrawalLimit
from tests.guards.going_around import clone
from tests.world import MONDAY

NAN = "'NaN'::numeric"
# One that was made for something else.
SOME_REQUEST = "(SELECT id FROM accounts_approvalrequest LIMIT 1)"
CHANGE, SUPERSEDED = "settlement_railchange", "settlement_supersededterms"
WITHDRAWAL, RAIL, DESTINATION = "settlement_withdrawal", "settlement_rail", "settlement_destination"
PAID = (
    "status = 'COMPLETED', held = 0, screening = 'CLEAR', ended_at = now(), completed_at = now(), sent_at = now(),"
    " submitted_at = now(), attempts = 1, outside_reference = 'PAY-1'"
)


def _rows() -> None:
    """One of each: the house has none."""
    if Withdrawal.objects.exists():
        return
    omnibus = LedgerAccount.objects.get(kind="OMNIBUS", asset__code="USD")
    rail = Rail.objects.create(asset=omnibus.asset, network="WIRE", omnibus=omnibus, gateway="SIMULATOR")
    RailChange.objects.create(
        rail=rail, confirmations=0, min_deposit=0, min_withdrawal=0, enabled=True, in_force_from=MONDAY
    )
    WithdrawalFee.objects.create(rail=rail, fee=15, in_force_from=MONDAY)
    WithdrawalLimit.objects.create(scope="DEFAULT", window="ROLLING_24H", value=Decimal(1), in_force_from=MONDAY)
    profile = Profile.objects.order_by("id").first()
    assert profile is not None
    destination = Destination.objects.create(
        entity_id=profile.entity_id,
        rail=rail,
        label="Bank",
        address="CH93",
        beneficiary_kind="INSTITUTION",
        beneficiary_name="Alder Ltd",
        beneficiary_country="CH",
        usable_from=MONDAY + timedelta(days=1),
    )
    Withdrawal.objects.create(
        profile=profile,
        destination=destination,
        rail=rail,
        client_reference="W-1",
        request_sha256="0" * 64,
        amount_kind="NET",
        net_amount=100,
        fee_amount=15,
        gross_amount=115,
        held=115,
        value=115,
        value_price=1,
        requested_by_kind="CREDENTIAL",
        requested_by_id=UUID(int=1),
        requested_at=MONDAY,
    )


def _update(table: str, change: str) -> Callable[[], str]:
    def make() -> str:
        _rows()
        return f"UPDATE {table} SET {change}"

    return make


def _again(table: str, **changes: str) -> Callable[[], str]:
    def make() -> str:
        _rows()
        return clone(table, **changes)

    return make


def _withdrawal(**changes: str) -> Callable[[], str]:
    return _again(WITHDRAWAL, **{"client_reference": "'W-2'"} | changes)


def _limit(**changes: str) -> Callable[[], str]:
    """WINDOW is a word of SQL: its column is quoted."""
    values = {
        "id": "gen_random_uuid()", "scope": "'DEFAULT'", "scope_id": "NULL", "window": "'ROLLING_24H'", "value": "1",
        "in_force_from": "'2026-03-02 10:00+00'",
    } | changes  # fmt: skip
    names, row = ", ".join(f'"{name}"' for name in values), ", ".join(values.values())

    def make() -> str:
        _rows()
        return f"INSERT INTO settlement_withdrawallimit ({names}) VALUES ({row})"

    return make


def _superseded(**changes: str) -> Callable[[], str]:
    """Terms that are in line tomorrow: switched off, which takes no request."""
    values = {
        "id": "gen_random_uuid()", "change_id": f"(SELECT id FROM {CHANGE} WHERE in_force_from > now() LIMIT 1)",
        "superseded_at": "now()",
    } | changes  # fmt: skip

    def make() -> str:
        _rows()
        with connection.cursor() as cursor:
            cursor.execute(clone(CHANGE, in_force_from="now() + interval '1 day'", enabled="false"))
        return f"INSERT INTO {SUPERSEDED} ({', '.join(values)}) VALUES ({', '.join(values.values())})"

    return make


def _after_a_payment(**changes: str) -> Callable[[], str]:
    def make() -> str:
        _rows()
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {WITHDRAWAL} SET {PAID}")
        return clone(WITHDRAWAL, **changes)

    return make


WITHDRAWALS = [
    ("rail_is_unique", _again(RAIL)),
    ("rail_network_is_plain", _update(RAIL, "network = 'by wire'")),
    ("rail_minimums_are_finite", _again(RAIL, network="'OTHER'", min_withdrawal=NAN)),
    ("rail_follows_its_changes", _update(RAIL, "enabled = false")),
    ("rail_follows_its_changes", _update(RAIL, "cut_off = '16:30'")),
    ("one_rail_change_in_force", _again(CHANGE)),
    ("rail_change_is_finite", _again(CHANGE, in_force_from="now()", min_deposit=NAN)),
    ("rail_change_was_approved", _again(CHANGE, in_force_from="now()", approval_id=SOME_REQUEST)),
    ("withdrawal_fee_was_approved", _again("settlement_withdrawalfee", in_force_from="now()", approval_id=SOME_REQUEST)),
    ("withdrawal_limit_was_approved", _limit(in_force_from="now()", approval_id=SOME_REQUEST)),
    # Without a request: a second one, one that switches on or changes more than the switch, and an entity's own.
    ("rail_change_was_approved", _again(CHANGE, in_force_from="now()")),
    ("rail_change_was_approved", _again(CHANGE, in_force_from="now()", enabled="false", confirmations="9")),
    ("withdrawal_fee_was_approved", _again("settlement_withdrawalfee", in_force_from="now()", fee="0")),
    ("withdrawal_limit_was_approved", _limit(in_force_from="now()", value="NULL")),
    ("withdrawal_limit_was_approved", _limit(scope="'ENTITY'", scope_id="gen_random_uuid()")),
    ("superseded_terms_are_one", _superseded(limit_id="(SELECT id FROM settlement_withdrawallimit LIMIT 1)")),
    ("superseded_terms_were_in_line", _superseded(change_id=f"(SELECT id FROM {CHANGE} WHERE in_force_from < now() LIMIT 1)")),
    ("superseded_terms_were_in_line", _superseded(superseded_at="now() + interval '2 days'")),
    ("superseded_terms_were_approved", _superseded()),
    ("superseded_terms_were_approved", _superseded(approval_id=SOME_REQUEST)),
    ("early_destination_was_approved", _update(DESTINATION, "usable_from = now()")),
    ("early_destination_was_approved", _update(DESTINATION, f"usable_from = now(), approval_id = {SOME_REQUEST}")),
    ("rail_ends_in_its_own_omnibus", _update(RAIL,
        "omnibus_id = (SELECT id FROM settlement_ledgeraccount WHERE code = 'OMNIBUS:MAIN:BTC')")),
    ("one_withdrawal_fee_in_force", _again("settlement_withdrawalfee")),
    ("withdrawal_fee_is_finite", _again("settlement_withdrawalfee", in_force_from="now()", fee=NAN)),
    ("one_limit_in_force", _limit()),
    ("limit_scope_has_its_id", _limit(scope="'ENTITY'")),
    ("limit_scope_has_its_id", _limit(scope_id="gen_random_uuid()")),
    ("limit_window_is_known", _limit(window="'EVER'")),
    ("withdrawal_limit_is_finite", _limit(in_force_from="now()", value=NAN)),
    ("destination_is_unique", _again(DESTINATION)),
    ("destination_status_is_known", _update(DESTINATION, "status = 'LOST'")),
    ("removed_destination_has_time", _update(DESTINATION, "status = 'REMOVED'")),
    ("person_is_named_in_the_vault", _again(DESTINATION, address="'x'", subject_id="gen_random_uuid()")),
    ("person_is_named_in_the_vault", _again(DESTINATION, address="'x'", beneficiary_kind="'PERSON'")),
    ("destination_has_address", _again(DESTINATION, address="''")),
    ("destination_terms_are_frozen", _update(DESTINATION, "address = 'CH94'")),
    ("client_reference_is_unique", _again(WITHDRAWAL)),
    ("payment_is_booked_once", _after_a_payment(
        client_reference="'W-2'", outside_reference="'PAY-1'")),
    ("withdrawal_adds_up", _withdrawal(gross_amount="116", held="116")),
    ("withdrawal_adds_up", _withdrawal(net_amount="0", gross_amount="15", held="15")),
    ("withdrawal_adds_up", _withdrawal(value=NAN)),
    ("withdrawal_status_is_known", _withdrawal(status="'LOST'")),
    ("withdrawal_reference_is_plain", _withdrawal(client_reference="'a b'")),
    ("withdrawal_has_four_eyes", _withdrawal(status="'APPROVED'", screening="'CLEAR'", approvals_required="2",
        approvals_given="2")),
    ("withdrawal_has_four_eyes", _withdrawal(status="'FAILED'", held="0", ended_at="now()", screening="'CLEAR'",
        approvals_required="1")),
    ("reviewed_withdrawal_has_reviewer", _withdrawal(status="'APPROVED'", screening="'CLEAR'", needs_review="true")),
    ("sent_withdrawal_was_screened", _withdrawal(status="'APPROVED'")),
    ("sent_withdrawal_was_screened", _withdrawal(status="'APPROVED'", screening="'HIT'")),
    ("ended_withdrawal_holds_nothing", _update(WITHDRAWAL, "status = 'CANCELLED', ended_at = now()")),
    ("ended_withdrawal_holds_nothing", _update(WITHDRAWAL, "held = 100")),
    ("ended_withdrawal_holds_nothing", _update(WITHDRAWAL, "status = 'CANCELLED', held = 0")),
    ("sent_withdrawal_has_time", _update(WITHDRAWAL, "status = 'SENT', screening = 'CLEAR'")),
    ("completed_withdrawal_has_reference", _update(WITHDRAWAL, PAID.replace("'PAY-1'", "''"))),
    ("unknown_outcome_was_submitted", _update(WITHDRAWAL, "outcome_unknown = true")),
    ("withdrawal_terms_are_frozen", _update(WITHDRAWAL, "value = 1")),
]  # fmt: skip
