"""How value leaves the demo: rails with their fees, a limit, and one withdrawal that waits for two people's approval."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from accounts.models import ApiCredential, Profile
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount, Rail, Withdrawal
from settlement.operations.add_destination import DestinationTerms, add_destination
from settlement.operations.decide_withdrawal import Screened, record_screening
from settlement.operations.open_rail import RailTerms, open_rail, set_withdrawal_fee, set_withdrawal_limit
from settlement.operations.request_withdrawal import WithdrawalWish, request_withdrawal

GATEWAY: Final = "SIMULATOR"
# Asset -> network, fee, least that is paid out, confirmations.
RAILS: Final = {
    "USD": ("WIRE", Decimal("15.00"), Decimal(50), 0),
    "BTC": ("BITCOIN", Decimal("0.0002"), Decimal("0.001"), 3),
    "ETH": ("ETHEREUM", Decimal("0.002"), Decimal("0.01"), 12),
}
DAY_LIMIT: Final = Decimal(250_000)
CLIENT, REFERENCE, AMOUNT = "tidewater", "demo-payout-1", Decimal("25000.00")


def bring_withdrawals(*, omnibus: dict[str, UUID], profiles: dict[str, UUID], at: datetime) -> dict[str, int]:
    """Create what is missing; answers how many of what."""
    opened = dict(Rail.objects.values_list("network", "id"))
    made = {"rails": 0, "withdrawals": 0}
    for code, (network, fee, least, confirmations) in RAILS.items():
        if network in opened or code not in omnibus:
            continue
        terms = RailTerms(network=network, gateway=GATEWAY, min_withdrawal=least, confirmations=confirmations)
        rail_id = open_rail(omnibus_id=omnibus[code], terms=terms, at=at)
        set_withdrawal_fee(rail_id=rail_id, fee=fee, at=at - timedelta(days=2))
        made["rails"] += 1
    if made["rails"]:
        set_withdrawal_limit(scope="DEFAULT", scope_id=None, window="ROLLING_24H", value=DAY_LIMIT, at=at)
    made["withdrawals"] = _waiting_one(profiles[CLIENT], at)
    return made


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
