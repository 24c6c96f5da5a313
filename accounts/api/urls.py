from django.urls import path

from accounts.api.approvals import ApprovalsView, ApprovalView
from accounts.api.controls import FirmControlsView, IdentityControlsView, IdentityControlView
from accounts.api.credentials import CredentialSecretsView, CredentialsView, CredentialView
from accounts.api.entities import FirmEntitiesView, OwnEntityView
from accounts.api.events import EventsView, EventView
from accounts.api.firm_identities import FirmDecisionView, FirmRiskRatingView, FirmVerificationsView
from accounts.api.identities import IdentitiesView, IdentityView
from accounts.api.identity_papers import IdentityDocumentsView, IdentityVerificationsView
from accounts.api.oauth import TokenView
from accounts.api.profiles import ProfileMembersView, ProfilesView, ProfileView
from accounts.api.token_revocation import TokenRevocationView
from accounts.api.webhooks import (
    WebhookDeliveriesView,
    WebhookReplayView,
    WebhookSecretView,
    WebhooksView,
    WebhookTestView,
    WebhookView,
)

urlpatterns = [
    path("approvals", ApprovalsView.as_view(), name="approvals"),
    path("approvals/<uuid:approval_id>", ApprovalView.as_view(), name="approval"),
    path("credentials", CredentialsView.as_view(), name="credentials"),
    path("credentials/<uuid:credential_id>", CredentialView.as_view(), name="credential"),
    path("credentials/<uuid:credential_id>/secrets", CredentialSecretsView.as_view(), name="credential-secrets"),
    path("entities/own", OwnEntityView.as_view(), name="own-entity"),
    path("events", EventsView.as_view(), name="events"),
    path("events/<str:event_id>", EventView.as_view(), name="event"),
    path("firm/entities", FirmEntitiesView.as_view(), name="firm-entities"),
    path("firm/identities/<uuid:identity_id>/controls", FirmControlsView.as_view(), name="firm-controls"),
    path("firm/identities/<uuid:identity_id>/decision", FirmDecisionView.as_view(), name="firm-decision"),
    path("firm/identities/<uuid:identity_id>/risk-rating", FirmRiskRatingView.as_view(), name="firm-risk-rating"),
    path(
        "firm/identities/<uuid:identity_id>/verifications", FirmVerificationsView.as_view(), name="firm-verifications"
    ),
    path("identities", IdentitiesView.as_view(), name="identities"),
    path("identities/<uuid:identity_id>", IdentityView.as_view(), name="identity"),
    path("identities/<uuid:identity_id>/controls", IdentityControlsView.as_view(), name="identity-controls"),
    path(
        "identities/<uuid:identity_id>/controls/<uuid:control_id>",
        IdentityControlView.as_view(),
        name="identity-control",
    ),
    path("identities/<uuid:identity_id>/documents", IdentityDocumentsView.as_view(), name="identity-documents"),
    path(
        "identities/<uuid:identity_id>/verifications",
        IdentityVerificationsView.as_view(),
        name="identity-verifications",
    ),
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
    path("oauth/revoke", TokenRevocationView.as_view(), name="oauth-revoke"),
    path("profiles", ProfilesView.as_view(), name="profiles"),
    path("profiles/<uuid:profile_id>", ProfileView.as_view(), name="profile"),
    path("profiles/<uuid:profile_id>/members", ProfileMembersView.as_view(), name="profile-members"),
    path("webhook-subscriptions", WebhooksView.as_view(), name="webhooks"),
    path("webhook-subscriptions/<uuid:subscription_id>", WebhookView.as_view(), name="webhook"),
    path(
        "webhook-subscriptions/<uuid:subscription_id>/deliveries",
        WebhookDeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
    path("webhook-subscriptions/<uuid:subscription_id>/replay", WebhookReplayView.as_view(), name="webhook-replay"),
    path(
        "webhook-subscriptions/<uuid:subscription_id>/rotate-secret",
        WebhookSecretView.as_view(),
        name="webhook-rotate-secret",
    ),
    path("webhook-subscriptions/<uuid:subscription_id>/test", WebhookTestView.as_view(), name="webhook-test"),
]
