from django.urls import path

from core.api import paths  # noqa: F401  (registers the path parts)
from settlement.api.assets import AssetsView, AssetView
from settlement.api.balances import BalancesView
from settlement.api.deposit_instructions import DepositInstructionsView
from settlement.api.deposits import DepositInformationView, DepositsView, DepositView
from settlement.api.destinations import DestinationsView, DestinationView
from settlement.api.firm_deposits import (
    FirmAttributionView,
    FirmReleaseView,
    FirmReturnView,
    FirmReversalView,
)
from settlement.api.firm_ledger import FirmEntriesView, FirmLedgerAccountsView, FirmTrialBalanceView
from settlement.api.firm_limits import FirmLimitsView
from settlement.api.firm_withdrawals import FirmFailView, FirmRejectView, FirmRetryView
from settlement.api.journals import (
    FirmJournalReversalView,
    FirmJournalSubmissionView,
    FirmJournalsView,
    FirmJournalView,
)
from settlement.api.postings import PostingsView
from settlement.api.rails import RailsView
from settlement.api.transfers import InternalTransferBatchView, InternalTransfersView, InternalTransferView
from settlement.api.valuation_prices import FirmValuationPricesView
from settlement.api.withdrawal_terms import WithdrawalLimitsView, WithdrawalPreviewView
from settlement.api.withdrawals import WithdrawalsView, WithdrawalView

urlpatterns = [
    path("assets", AssetsView.as_view(), name="assets"),
    path("assets/<ref:code>", AssetView.as_view(), name="asset"),
    path("deposits", DepositsView.as_view(), name="deposits"),
    path("deposits/<uuid:deposit_id>", DepositView.as_view(), name="deposit"),
    path("deposits/<uuid:deposit_id>/information", DepositInformationView.as_view(), name="deposit-information"),
    path("deposit-instructions", DepositInstructionsView.as_view(), name="deposit-instructions"),
    path("firm/deposits/<uuid:deposit_id>/attribute", FirmAttributionView.as_view(), name="firm-deposit-attribution"),
    path("firm/deposits/<uuid:deposit_id>/release", FirmReleaseView.as_view(), name="firm-deposit-release"),
    path("firm/deposits/<uuid:deposit_id>/return", FirmReturnView.as_view(), name="firm-deposit-return"),
    path("firm/deposits/<uuid:deposit_id>/reverse", FirmReversalView.as_view(), name="firm-deposit-reversal"),
    path("firm/entries", FirmEntriesView.as_view(), name="firm-entries"),
    path("firm/ledger-accounts", FirmLedgerAccountsView.as_view(), name="firm-ledger-accounts"),
    path("firm/trial-balance", FirmTrialBalanceView.as_view(), name="firm-trial-balance"),
    path("firm/valuation-prices", FirmValuationPricesView.as_view(), name="firm-valuation-prices"),
    path("firm/limits", FirmLimitsView.as_view(), name="firm-limits"),
    path("firm/journals", FirmJournalsView.as_view(), name="firm-journals"),
    path("firm/journals/<uuid:journal_id>", FirmJournalView.as_view(), name="firm-journal"),
    path("firm/journals/<uuid:journal_id>/submit", FirmJournalSubmissionView.as_view(), name="firm-journal-submission"),
    path("firm/journals/<uuid:journal_id>/reverse", FirmJournalReversalView.as_view(), name="firm-journal-reversal"),
    path("internal-transfers", InternalTransfersView.as_view(), name="internal-transfers"),
    path("internal-transfers/batch", InternalTransferBatchView.as_view(), name="internal-transfer-batch"),
    path("internal-transfers/<uuid:transfer_id>", InternalTransferView.as_view(), name="internal-transfer"),
    path("profiles/<uuid:profile_id>/balances", BalancesView.as_view(), name="balances"),
    path("profiles/<uuid:profile_id>/postings", PostingsView.as_view(), name="postings"),
    path("rails", RailsView.as_view(), name="rails"),
    path("destinations", DestinationsView.as_view(), name="destinations"),
    path("destinations/<uuid:destination_id>", DestinationView.as_view(), name="destination"),
    path("withdrawals", WithdrawalsView.as_view(), name="withdrawals"),
    path("withdrawals/preview", WithdrawalPreviewView.as_view(), name="withdrawal-preview"),
    path("withdrawals/<uuid:withdrawal_id>", WithdrawalView.as_view(), name="withdrawal"),
    path("withdrawal-limits", WithdrawalLimitsView.as_view(), name="withdrawal-limits"),
    path("firm/withdrawals/<uuid:withdrawal_id>/retry", FirmRetryView.as_view(), name="firm-withdrawal-retry"),
    path("firm/withdrawals/<uuid:withdrawal_id>/fail", FirmFailView.as_view(), name="firm-withdrawal-fail"),
    path("firm/withdrawals/<uuid:withdrawal_id>/reject", FirmRejectView.as_view(), name="firm-withdrawal-reject"),
]
