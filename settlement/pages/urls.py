"""The addresses of the money screens."""

from django.urls import path

from settlement.pages.deposits import credit, show_deposits
from settlement.pages.ledger import show_account, show_ledger
from settlement.pages.reconciliation import show_reconciliation, show_run

urlpatterns = [
    path("deposits", show_deposits, name="deposits"),
    path("deposits/credit", credit, name="deposit-credit"),
    path("ledger", show_ledger, name="ledger"),
    path("ledger/<uuid:account_id>", show_account, name="ledger-account"),
    path("reconciliation", show_reconciliation, name="reconciliation"),
    path("reconciliation/<uuid:run_id>", show_run, name="reconciliation-run"),
]
