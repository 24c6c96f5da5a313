"""What may be said of an identity on its page: one form for each deed, its choices those that the state allows."""

from typing import Any

from django import forms

from accounts.domain.identity_reasons import DOCUMENT_REASONS, MOVE_REASONS, REFRESH_REASONS
from accounts.domain.identity_states import IDENTITY_MOVES
from accounts.models import Identity, IdentityControl, IdentityVerification, Profile, ProfileMember
from core.domain.tones import word_of

NOTE_CHARACTERS = 500


def _words(values: Any) -> list[tuple[str, str]]:
    return [(value, word_of(value)) for value in values]


class DeedForm(forms.Form):
    """A form about one identity. ``version`` is the one that the page showed: who is late is told so."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, identity: Identity) -> None:
        # Several of these stand on one page: each has ids of its own.
        super().__init__(data, auto_id=f"{type(self).__name__}-%s")
        self.identity = identity
        self.fields["version"].initial = identity.version


class DecisionForm(DeedForm):
    """Another status, with the code that explains it."""

    decision = forms.ChoiceField(label="Decision and reason")
    note = forms.CharField(
        max_length=NOTE_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Note",
        help_text="What a judgement rests on; nothing of the person itself.",
    )

    def __init__(self, data: Any = None, *, identity: Identity) -> None:
        super().__init__(data, identity=identity)
        status = self.identity.status
        decision: Any = self.fields["decision"]
        decision.choices = [("", "Choose…")] + [
            (word_of(after), [(f"{after}:{reason}", word_of(reason)) for reason in sorted(MOVE_REASONS[status, after])])
            for after in sorted(IDENTITY_MOVES[status])
        ]

    @property
    def decided(self) -> tuple[str, str]:
        """The status and the reason that were chosen."""
        status, _, reason = self.cleaned_data["decision"].partition(":")
        return status, reason


class RiskForm(DeedForm):
    """Another risk rating, with the sentence that says why."""

    rating = forms.ChoiceField(choices=_words(Identity.RiskRating.values), label="Risk rating")
    reason = forms.CharField(
        max_length=NOTE_CHARACTERS, label="Why", widget=forms.Textarea(attrs={"rows": 2}), help_text="One sentence."
    )

    def __init__(self, data: Any = None, *, identity: Identity) -> None:
        super().__init__(data, identity=identity)
        self.fields["rating"].initial = self.identity.risk_rating


class CheckForm(DeedForm):
    """What a check came to that a person of the house has made, or was told by the verifier."""

    check = forms.ChoiceField(choices=_words(IdentityVerification.Check.values), label="Check")
    verdict = forms.ChoiceField(choices=_words(IdentityVerification.Verdict.values), label="Verdict")
    verifier = forms.CharField(max_length=100, label="Checked by", help_text="A vendor's name, or our own team's.")
    verifier_reference = forms.CharField(max_length=128, required=False, label="Their reference")
    is_vendor = forms.BooleanField(required=False, label="By a vendor")
    expires_date = forms.DateField(
        required=False, label="Good until", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DocumentForm(DeedForm):
    """What compliance found of a document."""

    decision = forms.ChoiceField(
        choices=[
            (word_of(verdict), [(f"{verdict}:{reason}", word_of(reason)) for reason in sorted(reasons)])
            for verdict, reasons in DOCUMENT_REASONS.items()
        ],
        label="Verdict",
    )
    document_id = forms.UUIDField(widget=forms.HiddenInput)
    expires_date = forms.DateField(
        required=False, label="Valid until", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ControlForm(DeedForm):
    """A control to set."""

    kind = forms.ChoiceField(choices=_words(IdentityControl.Kind.values), label="Control")
    reason_code = forms.ChoiceField(choices=_words(IdentityControl.ReasonCode.values), label="Reason")
    is_overridable = forms.BooleanField(
        required=False, label="The client may lift it", help_text="Never for a freeze or a legal order."
    )
    note = forms.CharField(max_length=NOTE_CHARACTERS, required=False, label="Note")


class ClearForm(DeedForm):
    """A control to clear."""

    control_id = forms.UUIDField(widget=forms.HiddenInput)
    note = forms.CharField(max_length=NOTE_CHARACTERS, label="Why it is lifted")


class RefreshForm(DeedForm):
    """A round of refreshing that is done."""

    reason_code = forms.ChoiceField(choices=_words(sorted(REFRESH_REASONS)), label="Found")
    note = forms.CharField(
        max_length=NOTE_CHARACTERS,
        required=False,
        label="What was looked at",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MemberForm(DeedForm):
    """A role at one of the entity's profiles."""

    profile = forms.ModelChoiceField(Profile.objects.none(), label="Profile", empty_label="Choose…")
    role = forms.ChoiceField(choices=_words(ProfileMember.Role.values), label="Role")

    def __init__(self, data: Any = None, *, identity: Identity) -> None:
        super().__init__(data, identity=identity)
        profile: Any = self.fields["profile"]
        profile.queryset = Profile.objects.filter(entity_id=self.identity.entity_id, status="OPEN")


class EndMemberForm(DeedForm):
    """A role that ends."""

    member_id = forms.UUIDField(widget=forms.HiddenInput)
