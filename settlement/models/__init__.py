from settlement.models.asset import Asset
from settlement.models.deposit import Deposit
from settlement.models.entry import Entry
from settlement.models.history import AssetHistory
from settlement.models.ledger_account import LedgerAccount
from settlement.models.posting import Posting
from settlement.models.reconciliation import Break, ReconciliationRun
from settlement.models.valuation_price import ValuationPrice

__all__ = [
    "Asset",
    "AssetHistory",
    "Break",
    "Deposit",
    "Entry",
    "LedgerAccount",
    "Posting",
    "ReconciliationRun",
    "ValuationPrice",
]
