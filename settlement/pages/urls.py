"""The addresses of the money screens."""

from django.urls import path

from settlement.pages.days import show_day, show_days, sign_gate
from settlement.pages.deposit import act_on_deposit, show_deposit
from settlement.pages.deposit_entry import credit
from settlement.pages.deposit_instructions import open_instruction, retire_instruction, show_deposit_instructions
from settlement.pages.deposit_reveal import reveal_sender
from settlement.pages.deposits import act_on_deposits, show_deposits
from settlement.pages.destinations import hasten, reveal, show_destination, show_destinations
from settlement.pages.entries import show_entries, show_entry
from settlement.pages.journal import act_on_journal, show_attachment, show_journal
from settlement.pages.journals import draft, show_journals
from settlement.pages.ledger import show_account, show_ledger
from settlement.pages.limits import ask_limit_change, show_limits
from settlement.pages.prices import enter_price, show_prices
from settlement.pages.rails import ask_rail_change, show_rail, show_rails, switch_off
from settlement.pages.reconciliation import show_reconciliation, show_run
from settlement.pages.refused_arrivals import look_at_refused_arrivals, show_refused_arrivals
from settlement.pages.statement import export_statement, show_statement
from settlement.pages.transfers import show_transfer, show_transfers, start_transfer, take_transfer_back
from settlement.pages.trial_balance import show_trial_balance
from settlement.pages.withdrawal import act_on_withdrawal, show_withdrawal
from settlement.pages.withdrawal_entry import ask_withdrawal, enter_withdrawal
from settlement.pages.withdrawals import act_on_many, show_withdrawals

urlpatterns = [
    path("deposits", show_deposits, name="deposits"),
    path("deposits/credit", credit, name="deposit-credit"),
    path("deposits/many/<slug:deed>", act_on_deposits, name="deposits-deed"),
    path("deposits/refused", show_refused_arrivals, name="deposits-refused"),
    path("deposits/refused/look", look_at_refused_arrivals, name="deposits-refused-look"),
    path("deposits/instructions", show_deposit_instructions, name="deposit-instructions"),
    path("deposits/instructions/open", open_instruction, name="deposit-instruction-open"),
    path("deposits/instructions/<uuid:instruction_id>/retire", retire_instruction, name="deposit-instruction-retire"),
    path("deposits/<uuid:deposit_id>", show_deposit, name="deposit"),
    path("deposits/<uuid:deposit_id>/reveal", reveal_sender, name="deposit-reveal"),
    path("deposits/<uuid:deposit_id>/<slug:deed>", act_on_deposit, name="deposit-deed"),
    path("withdrawals", show_withdrawals, name="withdrawals"),
    path("withdrawals/enter", enter_withdrawal, name="withdrawal-enter"),
    path("withdrawals/ask", ask_withdrawal, name="withdrawal-ask"),
    path("withdrawals/many/<slug:deed>", act_on_many, name="withdrawals-deed"),
    path("withdrawals/<uuid:withdrawal_id>", show_withdrawal, name="withdrawal"),
    path("withdrawals/<uuid:withdrawal_id>/<slug:deed>", act_on_withdrawal, name="withdrawal-deed"),
    path("destinations", show_destinations, name="destinations"),
    path("destinations/<uuid:destination_id>", show_destination, name="destination"),
    path("destinations/<uuid:destination_id>/hasten", hasten, name="destination-hasten"),
    path("destinations/<uuid:destination_id>/reveal", reveal, name="destination-reveal"),
    path("rails", show_rails, name="rails"),
    path("rails/<uuid:rail_id>", show_rail, name="rail"),
    path("rails/<uuid:rail_id>/change", ask_rail_change, name="rail-change"),
    path("rails/<uuid:rail_id>/off", switch_off, name="rail-off"),
    path("limits", show_limits, name="limits"),
    path("limits/change", ask_limit_change, name="limit-change"),
    path("transfers", show_transfers, name="transfers"),
    path("transfers/start", start_transfer, name="transfer-start"),
    path("transfers/<uuid:transfer_id>", show_transfer, name="transfer"),
    path("transfers/<uuid:transfer_id>/reverse", take_transfer_back, name="transfer-reverse"),
    path("journals", show_journals, name="journals"),
    path("journals/draft", draft, name="journal-draft"),
    path("journals/<uuid:journal_id>", show_journal, name="journal"),
    path("journals/<uuid:journal_id>/attachments/<slug:sha256>", show_attachment, name="journal-attachment"),
    path("journals/<uuid:journal_id>/<slug:deed>", act_on_journal, name="journal-deed"),
    path("ledger", show_ledger, name="ledger"),
    path("ledger/<uuid:account_id>", show_account, name="ledger-account"),
    path("ledger/<uuid:account_id>/statement", show_statement, name="ledger-statement"),
    path("ledger/<uuid:account_id>/statement/export", export_statement, name="ledger-statement-export"),
    path("ledger/trial-balance", show_trial_balance, name="ledger-trial-balance"),
    path("ledger/entries", show_entries, name="ledger-entries"),
    path("ledger/entries/<uuid:entry_id>", show_entry, name="ledger-entry"),
    path("day", show_days, name="day"),
    path("day/prices", show_prices, name="day-prices"),
    path("day/prices/enter", enter_price, name="day-price-enter"),
    path("day/<slug:day>", show_day, name="day-one"),
    path("day/<slug:day>/<slug:gate>", sign_gate, name="day-sign"),
    path("reconciliation", show_reconciliation, name="reconciliation"),
    path("reconciliation/<uuid:run_id>", show_run, name="reconciliation-run"),
]
