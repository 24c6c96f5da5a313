"""The form that asks for a credential."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms

from accounts.domain.credential_terms import CredentialTerms
from accounts.domain.scopes import SCOPES
from accounts.models import Entity
from accounts.queries.credentials import find_open_entities

# Seconds that the secret in use stays alive beside a new one -> how that is said.
# The field whose value a refusal speaks of; the rest stands above the form.
FIELD_OF_CODE = {
    "ENTITY_CLOSED": "entity",
    "SCOPE_UNKNOWN": "scopes",
    "SCOPE_OF_THE_FIRM": "scopes",
    "LABEL_MISSING": "label",
    "NETWORK_INVALID": "allowed_cidrs",
    "SIGNING_KEY_INVALID": "signing_public_key",
    "EXPIRY_TOO_SOON": "ends_on",
    "LIMITS_INVALID": "rate_limits",
}


class CredentialForm(forms.Form):
    """What a program of a client is to be allowed."""

    entity = forms.CharField(
        max_length=100, label="For entity", help_text="Its reference, or its id where two share one."
    )
    label = forms.CharField(max_length=100, label="Label", help_text="What the client calls the program.")
    scopes = forms.MultipleChoiceField(
        choices=list(SCOPES.items()),
        label="Scopes",
        widget=forms.CheckboxSelectMultiple,
    )
    allowed_cidrs = forms.CharField(
        required=False,
        max_length=2_000,
        label="Networks",
        help_text="Where it may be used from: 203.0.113.0/24, 2001:db8::/32. Nothing: everywhere.",
    )
    signing_public_key = forms.CharField(
        required=False,
        max_length=44,
        label="Signing key",
        help_text="Ed25519, 32 bytes in base64. With one, every call has to be signed.",
    )
    ends_on = forms.DateField(
        required=False,
        label="Ends on",
        help_text="Good until the end of this day, UTC. Nothing: no end.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    rate_limits = forms.CharField(
        required=False,
        max_length=200,
        label="Paces of its own",
        help_text="As agreed with a market maker: orders=200/400, cancels=400/800. Nothing: the house's.",
    )
    reason = forms.CharField(max_length=500, label="Reason", help_text="Whoever approves it reads this.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entity"].widget.attrs |= {"list": "entities", "autocomplete": "off"}

    def clean_entity(self) -> Entity:
        """The open entity that the text names: an id, or a reference only one has."""
        found = find_open_entities(self.cleaned_data["entity"].strip())
        if not found:
            raise forms.ValidationError("There is no open entity of this reference or id.")
        if len(found) > 1:
            raise forms.ValidationError("Several entities have this reference: give the id.")
        return found[0]

    def clean_rate_limits(self) -> dict[str, str] | None:
        """Bucket -> pace."""
        text = self.cleaned_data["rate_limits"].replace(" ", "")
        if not text:
            return None
        pairs = [part.partition("=") for part in text.split(",")]
        if not all(name and pace for name, _, pace in pairs):
            raise forms.ValidationError("Write orders=200/400, cancels=400/800.")
        return {name: pace for name, _, pace in pairs}

    def terms(self) -> CredentialTerms:
        """What was said, as the operation takes it."""
        said = self.cleaned_data
        ends = said["ends_on"]
        return CredentialTerms(
            label=said["label"],
            scopes=tuple(said["scopes"]),
            allowed_cidrs=tuple(said["allowed_cidrs"].replace(",", " ").split()),
            signing_public_key=said["signing_public_key"].strip() or None,
            expires_at=datetime.combine(ends, time(23, 59, 59), UTC) if ends else None,
            rate_limits=said["rate_limits"],
        )
