"""The addresses of signing in and of tickets."""

from django.urls import path

from accounts.pages.entities import show_entities, show_entity
from accounts.pages.identities import show_identities
from accounts.pages.identity import act_on_identity, show_identity
from accounts.pages.reveal import reveal
from accounts.pages.sign_in import sign_in, sign_out
from accounts.pages.socket_tickets import issue_ticket

urlpatterns = [
    path("entities", show_entities, name="entities"),
    path("entities/<uuid:entity_id>", show_entity, name="entity"),
    path("identities", show_identities, name="identities"),
    path("identities/<uuid:identity_id>", show_identity, name="identity"),
    path("identities/<uuid:identity_id>/reveal", reveal, name="identity-reveal"),
    path("identities/<uuid:identity_id>/<slug:deed>", act_on_identity, name="identity-deed"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
    path("socket-tickets", issue_ticket, name="socket-tickets"),
]
