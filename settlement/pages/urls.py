"""The addresses of the money screens."""

from django.urls import path

from settlement.pages.deposit import act_on_deposit, show_deposit
from settlement.pages.deposits import credit, show_deposits
from settlement.pages.ledger import show_account, show_ledger
from settlement.pages.reconciliation import show_reconciliation, show_run

urlpatterns = [
    path("deposits", show_deposits, name="deposits"),
    path("deposits/credit", credit, name="deposit-credit"),
    path("deposits/<uuid:deposit_id>", show_deposit, name="deposit"),
    path("deposits/<uuid:deposit_id>/<slug:deed>", act_on_deposit, name="deposit-deed"),
    path("ledger", show_ledger, name="ledger"),
    path("ledger/<uuid:account_id>", show_account, name="ledger-account"),
    path("reconciliation", show_reconciliation, name="reconciliation"),
    path("reconciliation/<uuid:run_id>", show_run, name="reconciliation-run"),
]
