from django.urls import path

from core.api import paths  # noqa: F401  (registers the path parts)
from settlement.api.assets import AssetsView, AssetView
from settlement.api.balances import BalancesView
from settlement.api.deposits import DepositsView, DepositView
from settlement.api.postings import PostingsView

urlpatterns = [
    path("assets", AssetsView.as_view(), name="assets"),
    path("assets/<ref:code>", AssetView.as_view(), name="asset"),
    path("deposits", DepositsView.as_view(), name="deposits"),
    path("deposits/<uuid:deposit_id>", DepositView.as_view(), name="deposit"),
    path("profiles/<uuid:profile_id>/balances", BalancesView.as_view(), name="balances"),
    path("profiles/<uuid:profile_id>/postings", PostingsView.as_view(), name="postings"),
]
