from django.urls import path

from accounts.api.approvals import ApprovalsView, ApprovalView
from accounts.api.credentials import CredentialSecretsView, CredentialsView, CredentialView
from accounts.api.oauth import TokenView
from accounts.api.profiles import ProfilesView, ProfileView
from accounts.api.token_revocation import TokenRevocationView

urlpatterns = [
    path("approvals", ApprovalsView.as_view(), name="approvals"),
    path("approvals/<uuid:approval_id>", ApprovalView.as_view(), name="approval"),
    path("credentials", CredentialsView.as_view(), name="credentials"),
    path("credentials/<uuid:credential_id>", CredentialView.as_view(), name="credential"),
    path("credentials/<uuid:credential_id>/secrets", CredentialSecretsView.as_view(), name="credential-secrets"),
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
    path("oauth/revoke", TokenRevocationView.as_view(), name="oauth-revoke"),
    path("profiles", ProfilesView.as_view(), name="profiles"),
    path("profiles/<uuid:profile_id>", ProfileView.as_view(), name="profile"),
]
