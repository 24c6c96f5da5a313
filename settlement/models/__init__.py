from settlement.models.arrival import ArrivalCursor, ArrivalRefusal, ArrivalRefusalLook
from settlement.models.asset import Asset
from settlement.models.balance_snapshot import BalanceSnapshot
from settlement.models.business_day import BusinessDay
from settlement.models.client_statement import ClientStatement
from settlement.models.deposit import Deposit
from settlement.models.deposit_instruction import DepositInstruction
from settlement.models.destination import Destination
from settlement.models.entry import Entry
from settlement.models.entry_reversal import EntryReversal
from settlement.models.history import AssetHistory
from settlement.models.internal_transfer import InternalTransfer
from settlement.models.ledger_account import LedgerAccount
from settlement.models.manual_journal import JournalLine, ManualJournal
from settlement.models.posting import Posting
from settlement.models.rail import Rail, RailChange, WithdrawalFee
from settlement.models.reconciliation import Break, ReconciliationRun
from settlement.models.superseded_terms import SupersededTerms
from settlement.models.valuation_price import ValuationPrice
from settlement.models.withdrawal import Withdrawal
from settlement.models.withdrawal_limit import WithdrawalLimit

__all__ = [
    "ArrivalCursor",
    "ArrivalRefusal",
    "ArrivalRefusalLook",
    "Asset",
    "AssetHistory",
    "BalanceSnapshot",
    "Break",
    "BusinessDay",
    "ClientStatement",
    "Deposit",
    "DepositInstruction",
    "Destination",
    "Entry",
    "EntryReversal",
    "InternalTransfer",
    "JournalLine",
    "LedgerAccount",
    "ManualJournal",
    "Posting",
    "Rail",
    "RailChange",
    "ReconciliationRun",
    "SupersededTerms",
    "ValuationPrice",
    "Withdrawal",
    "WithdrawalFee",
    "WithdrawalLimit",
]
