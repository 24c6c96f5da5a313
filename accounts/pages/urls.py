"""The addresses of signing in and of tickets."""

from django.urls import include, path

from accounts.pages.account_opening import open_account
from accounts.pages.credentials import ask, revoke, show_credential, show_credentials, show_secret
from accounts.pages.entities import show_entities, show_entity
from accounts.pages.identities import find_person, show_identities
from accounts.pages.identity import act_on_identity, show_identity
from accounts.pages.reveal import reveal
from accounts.pages.webhooks import act_on_webhook, show_webhook, show_webhooks

urlpatterns = [
    path("entities", show_entities, name="entities"),
    path("entities/new", open_account, name="account-open"),
    path("entities/<uuid:entity_id>", show_entity, name="entity"),
    path("identities", show_identities, name="identities"),
    path("identities/find", find_person, name="identities-find"),
    path("identities/<uuid:identity_id>", show_identity, name="identity"),
    path("identities/<uuid:identity_id>/reveal", reveal, name="identity-reveal"),
    path("identities/<uuid:identity_id>/<slug:deed>", act_on_identity, name="identity-deed"),
    path("credentials", show_credentials, name="credentials"),
    path("credentials/new", ask, name="credential-ask"),
    path("credentials/<uuid:credential_id>", show_credential, name="credential"),
    path("credentials/<uuid:credential_id>/secret", show_secret, name="credential-secret"),
    path("credentials/<uuid:credential_id>/revoke", revoke, name="credential-revoke"),
    path("webhooks", show_webhooks, name="webhooks"),
    path("webhooks/<uuid:subscription_id>", show_webhook, name="webhook"),
    path("webhooks/<uuid:subscription_id>/<slug:deed>", act_on_webhook, name="webhook-deed"),
    path("", include("accounts.pages.approval_urls")),
    path("", include("accounts.pages.staff_urls")),
]
