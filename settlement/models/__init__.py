from settlement.models.asset import Asset
from settlement.models.deposit import Deposit
from settlement.models.destination import Destination
from settlement.models.entry import Entry
from settlement.models.history import AssetHistory
from settlement.models.ledger_account import LedgerAccount
from settlement.models.posting import Posting
from settlement.models.rail import Rail, WithdrawalFee
from settlement.models.reconciliation import Break, ReconciliationRun
from settlement.models.valuation_price import ValuationPrice
from settlement.models.withdrawal import Withdrawal
from settlement.models.withdrawal_limit import WithdrawalLimit

__all__ = [
    "Asset",
    "AssetHistory",
    "Break",
    "Deposit",
    "Destination",
    "Entry",
    "LedgerAccount",
    "Posting",
    "Rail",
    "ReconciliationRun",
    "ValuationPrice",
    "Withdrawal",
    "WithdrawalFee",
    "WithdrawalLimit",
]
