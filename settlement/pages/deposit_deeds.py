"""What may be done with a deposit, by whom and when: on its own page, and with many at once in the queue."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from accounts.domain.personal_fields import FIELDS
from accounts.models import Profile
from core import clock
from core.operations.record_audit import Actor
from settlement.domain.depositing import SENDER_FIELDS
from settlement.models import Deposit
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.complete_return import complete_return
from settlement.operations.inform_deposit import inform_deposit
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.reverse_deposit import reverse_deposit
from settlement.queries.deposits import find_open_profiles

UNATTRIBUTED = Deposit.ReviewReason.UNATTRIBUTED
TRAVEL_RULE = Deposit.ReviewReason.TRAVEL_RULE


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=500, label="Reason", help_text="Stands in the record; no personal data.")

    def __init__(self, data: Any = None) -> None:
        # Several forms stand on one page: each has ids of its own.
        super().__init__(data, auto_id=f"{type(self).__name__}-%s")


class ReleaseForm(ReasonForm):
    """Why the client may have it."""


class ReturnForm(ReasonForm):
    """Why it goes back."""


class RecallForm(ReasonForm):
    """Why it is taken from the client again."""


class AttributeForm(ReasonForm):
    """Whose it is."""

    profile = forms.CharField(
        max_length=100, label="For profile", help_text="Its reference, or its id where two share a reference."
    )
    field_order = ("profile", "reason")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["profile"].widget.attrs |= {"list": "profiles", "autocomplete": "off"}

    def clean_profile(self) -> Profile:
        """The open profile that the text names."""
        return read_profile(self.cleaned_data["profile"])


class SentForm(forms.Form):
    """By what it went back."""

    return_reference = forms.RegexField(
        r"^[A-Za-z0-9._:-]{1,64}$",
        label="Reference of the payment back",
        help_text="The bank's or chain's id of it; it is booked once.",
        error_messages={"invalid": "1 to 64 of A-Z a-z 0-9 . _ : -"},
    )


class InformForm(forms.Form):
    """Who sent it, as the client tells; it goes to the vault."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="InformForm-%s")
        for name in SENDER_FIELDS:
            field = FIELDS[name]
            self.fields[name] = forms.CharField(
                label=field.title, max_length=field.longest, required=name == "full_name"
            )
            self.fields[name].widget.attrs["autocomplete"] = "off"


def read_profile(text: str) -> Profile:
    """The open profile of an id, or of a reference only one has. Refuses as a field of a form does."""
    found = list(find_open_profiles(text.strip()))
    if not found:
        raise forms.ValidationError("There is no open profile of this reference or id.")
    if len(found) > 1:
        raise forms.ValidationError("Several profiles have this reference: give the id.")
    return found[0]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done with a deposit for which ``fits`` holds, by who has ``permission``.

    ``do`` answers in words what it came to. ``done`` says so of many, for the deeds that the queue offers.
    """

    title: str
    label: str
    effect: str
    form: type[forms.Form]
    permission: str
    fits: Callable[[Deposit], bool]
    do: Callable[[UUID, dict[str, Any], Actor], str]
    done: str = ""


def _attribute(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    outcome = attribute_deposit(
        deposit_id=deposit_id, profile_id=said["profile"].pk, reason=said["reason"], actor=actor, at=clock.now()
    )
    if outcome.is_pending:
        return f"That it is for {said['profile'].reference} is asked for: somebody else decides it under Approvals."
    return f"It is for {said['profile'].reference}."


def _release(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    release_deposit(deposit_id=deposit_id, reason=said["reason"], actor=actor, at=clock.now())
    return "The reason to look is lifted."


def _return(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    return_deposit(deposit_id=deposit_id, reason=said["reason"], actor=actor, at=clock.now())
    return "It goes back. Say so here when the bank or chain has sent it."


def _complete(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    complete_return(deposit_id=deposit_id, return_reference=said["return_reference"], actor=actor, at=clock.now())
    return "It has gone back."


def _inform(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    details = {name: text for name, text in said.items() if text}
    inform_deposit(deposit_id=deposit_id, details=details, actor=actor, at=clock.now())
    return "The details are in the vault."


def _recall(deposit_id: UUID, said: dict[str, Any], actor: Actor) -> str:
    outcome = reverse_deposit(deposit_id=deposit_id, reason=said["reason"], actor=actor, at=clock.now())
    if outcome.is_pending:
        return "Taking it back is asked for: somebody else decides it under Approvals."
    return "It is taken back."


def _is_unattributed(deposit: Deposit) -> bool:
    return deposit.status == Deposit.Status.UNDER_REVIEW and deposit.review_reason == UNATTRIBUTED


def _is_releasable(deposit: Deposit) -> bool:
    return deposit.status == Deposit.Status.UNDER_REVIEW and deposit.review_reason != UNATTRIBUTED


def _lacks_sender(deposit: Deposit) -> bool:
    return deposit.status == Deposit.Status.UNDER_REVIEW and deposit.review_reason == TRAVEL_RULE


def _is_in(status: str) -> Callable[[Deposit], bool]:
    return lambda deposit: deposit.status == status


DEEDS: dict[str, Deed] = {
    "attribute": Deed(
        "Attribute", "Ask that it be this client's", "Once somebody else agrees, the next reason to look is looked for;"
        " without one it is credited.", AttributeForm, "deposit.attribute", _is_unattributed, _attribute,
        "Asked for, and decided by somebody else under Approvals",
    ),
    "inform": Deed(
        "Say who sent it", "Keep in the vault", "As the client has told. Compliance then decides.", InformForm,
        "deposit.attribute", _lacks_sender, _inform,
    ),
    "release": Deed(
        "Release", "Release to the client", "This reason to look is lifted. Without a further one: SUSPENSE to the client's"
        " account, at once.", ReleaseForm, "deposit.release", _is_releasable, _release, "Released",
    ),
    "return": Deed(
        "Send back", "Send it back", "The value stays in SUSPENSE until it has been sent.", ReturnForm, "deposit.return",
        _is_in("UNDER_REVIEW"), _return, "On their way back",
    ),
    "complete-return": Deed(
        "Sent back", "It has been sent", "SUSPENSE to the account it arrived at, at once.", SentForm, "deposit.return",
        _is_in("RETURNING"), _complete,
    ),
    "recall": Deed(
        "Recall", "Ask to take it back", "The sender's bank wants it back: the client's account to the account it arrived"
        " at, once somebody else agrees. Who is short is covered by a journal first.", RecallForm, "deposit.reverse",
        _is_in("CREDITED"), _recall,
    ),
}  # fmt: skip
# What the queue does with many at once.
OF_MANY = tuple(name for name, deed in DEEDS.items() if deed.done)
