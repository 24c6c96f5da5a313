"""How value leaves the demo: rails with their fees and a cut-off, a limit and another that is asked for, one withdrawal that
waits for two people's approval, and a destination that cools off.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import ApiCredential, Profile, StaffUser
from config.demo import cast
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount, Rail, Withdrawal
from settlement.operations.add_destination import DestinationTerms, add_destination
from settlement.operations.change_limit import LimitTerms, change_limit
from settlement.operations.decide_withdrawal import Screened, record_screening
from settlement.operations.open_rail import RailTerms, open_rail, set_withdrawal_fee, set_withdrawal_limit
from settlement.operations.request_withdrawal import WithdrawalWish, request_withdrawal

GATEWAY: Final = "SIMULATOR"
# Asset -> network, fee, least that is paid out, confirmations, cut-off of the bank (UTC).
RAILS: Final = {
    "USD": ("WIRE", Decimal("15.00"), Decimal(50), 0, time(21, 30)),
    "BTC": ("BITCOIN", Decimal("0.0002"), Decimal("0.001"), 3, None),
    "ETH": ("ETHEREUM", Decimal("0.002"), Decimal("0.01"), 12, None),
}
DAY_LIMIT: Final = Decimal(250_000)
CLIENT, REFERENCE, AMOUNT = "tidewater", "demo-payout-1", Decimal("25000.00")


def bring_withdrawals(*, omnibus: dict[str, UUID], profiles: dict[str, UUID], at: datetime) -> dict[str, int]:
    """Create what is missing; answers how many of what."""
    opened = dict(Rail.objects.values_list("network", "id"))
    made = {"rails": 0, "withdrawals": 0}
    for code, (network, fee, least, confirmations, cut_off) in RAILS.items():
        if network in opened or code not in omnibus:
            continue
        terms = RailTerms(
            network=network, gateway=GATEWAY, min_withdrawal=least, confirmations=confirmations, cut_off=cut_off
        )
        rail_id = open_rail(omnibus_id=omnibus[code], terms=terms, at=at)
        set_withdrawal_fee(rail_id=rail_id, fee=fee, at=at - timedelta(days=2))
        made["rails"] += 1
    if made["rails"]:
        set_withdrawal_limit(scope="DEFAULT", scope_id=None, window="ROLLING_24H", value=DAY_LIMIT, at=at)
        _waiting_limit(at)
    made["withdrawals"] = _waiting_one(profiles[CLIENT], at)
    return made


def _waiting_limit(at: datetime) -> None:
    """A higher limit from the first of the month after next on, which another person has to approve."""
    month = at.year * 12 + at.month + 1
    since = at.replace(year=month // 12, month=month % 12 + 1, day=1, hour=9, minute=0, second=0, microsecond=0)
    terms = LimitTerms(scope="DEFAULT", scope_id=None, window="ROLLING_24H", value=2 * DAY_LIMIT, in_force_from=since)
    actor = Actor("PERSON", StaffUser.objects.get(email=cast.OPERATIONS).pk)
    with transaction.atomic(durable=True):
        change_limit(terms=terms, reason="The second bank opens then.", actor=actor, at=at)


def _waiting_one(profile_id: UUID, at: datetime) -> int:
    """One of the maker's, screened and asked for approval; none where it was asked for before or is not covered."""
    if Withdrawal.objects.filter(profile_id=profile_id, client_reference=REFERENCE).exists():
        return 0
    account = LedgerAccount.objects.filter(profile_id=profile_id, asset__code="USD").first()
    if account is None or account.balance - account.held < AMOUNT * 2:
        return 0
    entity_id = Profile.objects.values_list("entity_id", flat=True).get(pk=profile_id)
    credential = ApiCredential.objects.filter(entity_id=entity_id).latest("created_at")
    actor = Actor("CREDENTIAL", credential.pk)
    terms = DestinationTerms(
        asset="USD",
        network=RAILS["USD"][0],
        label="Treasury account",
        address="US64SVBKUS6S3300958879",
        beneficiary_kind="INSTITUTION",
        beneficiary_name="Tidewater Liquidity LLC",
        beneficiary_country="US",
    )
    destination_id = add_destination(entity_id=entity_id, terms=terms, actor=actor, at=at - timedelta(days=2))
    new = replace(terms, label="New payroll account", address="US12SVBKUS6S3300961104")
    add_destination(entity_id=entity_id, terms=new, actor=actor, at=at)
    wish = WithdrawalWish(
        profile_id=profile_id,
        destination_id=destination_id,
        client_reference=REFERENCE,
        amount_kind="NET",
        amount=AMOUNT,
    )
    asked = request_withdrawal(wish=wish, entity_id=entity_id, actor=actor, at=at)
    record_screening(withdrawal_id=asked.withdrawal_id, screened=Screened(True), at=at)
    return 1
