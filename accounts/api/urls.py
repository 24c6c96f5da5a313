from django.urls import path

from accounts.api.approvals import ApprovalsView, ApprovalView
from accounts.api.oauth import TokenView
from accounts.api.profiles import ProfilesView, ProfileView
from accounts.api.token_revocation import TokenRevocationView

urlpatterns = [
    path("approvals", ApprovalsView.as_view(), name="approvals"),
    path("approvals/<uuid:approval_id>", ApprovalView.as_view(), name="approval"),
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
    path("oauth/revoke", TokenRevocationView.as_view(), name="oauth-revoke"),
    path("profiles", ProfilesView.as_view(), name="profiles"),
    path("profiles/<uuid:profile_id>", ProfileView.as_view(), name="profile"),
]
