from django.urls import path

from core.api import paths  # noqa: F401  (registers the path parts)
from settlement.api.assets import AssetsView, AssetView
from settlement.api.balances import BalancesView
from settlement.api.postings import PostingsView

urlpatterns = [
    path("assets", AssetsView.as_view(), name="assets"),
    path("assets/<ref:code>", AssetView.as_view(), name="asset"),
    path("profiles/<uuid:profile_id>/balances", BalancesView.as_view(), name="balances"),
    path("profiles/<uuid:profile_id>/postings", PostingsView.as_view(), name="postings"),
]
