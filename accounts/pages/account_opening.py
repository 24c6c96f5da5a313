"""Open a client's account: who it is, and what its first profile is called."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.contracts import EntityTerms, IdentityTerms
from accounts.domain.personal_fields import FIELDS
from accounts.models import Entity, Organisation
from accounts.operations.open_client import OpenedClient, Opening, open_client
from core import clock
from core.domain.refusals import Refusal
from core.pages.access import actor_of, staff_page
from core.pages.answers import answer

REFERENCE = r"^[A-Za-z0-9._:-]{1,64}$"
PLAIN = {"invalid": "1 to 64 of A-Z a-z 0-9 . _ : -"}
# The field whose value a refusal speaks of; the rest stands above the form.
FIELD_OF_CODE = {"ALREADY_EXISTS": "reference", "NAME_MISSING": "legal_name", "NAME_NOT_ALLOWED": "legal_name"}


class OpeningForm(forms.Form):
    """A person's details go to the vault and are not shown again; the reference is what the house calls the client then."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(kind="CLIENT", status="ACTIVE").order_by("name"),
        required=False,
        label="Organisation",
        empty_label="A new one",
        help_text="Whose client it is.",
    )
    organisation_name = forms.CharField(max_length=200, required=False, label="Name of the new organisation")
    kind = forms.ChoiceField(
        choices=[(Entity.Kind.INSTITUTION, "Institution"), (Entity.Kind.PERSON, "Person")], label="Kind"
    )
    reference = forms.RegexField(
        REFERENCE,
        label="Reference",
        help_text="Stands on every list: nothing of a person's name.",
        error_messages=PLAIN,
    )
    country = forms.RegexField(
        r"^[A-Z]{2}$",
        label="Country",
        help_text="Seat or residence, ISO 3166: CH",
        error_messages={"invalid": "Two letters: CH"},
    )
    legal_name = forms.CharField(max_length=200, required=False, label="Legal name", help_text="Of an institution.")
    lei = forms.RegexField(
        r"^[A-Z0-9]{18}[0-9]{2}$",
        required=False,
        label="LEI",
        error_messages={"invalid": "Twenty characters, ISO 17442"},
    )
    profile_name = forms.CharField(max_length=100, initial="Main", label="Name of the first profile")
    profile_reference = forms.RegexField(
        REFERENCE, initial="main", label="Reference of the first profile", error_messages=PLAIN
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for field in FIELDS.values():
            self.fields[f"detail_{field.name}"] = forms.CharField(
                max_length=field.longest,
                required=False,
                label=field.title,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        """The whole: an organisation, and a name where there ought to be one."""
        said: dict[str, Any] = super().clean() or {}
        if not said.get("organisation") and not said.get("organisation_name"):
            self.add_error("organisation", "Choose one, or give the name of a new one.")
        if said.get("kind") == Entity.Kind.INSTITUTION and not said.get("legal_name"):
            self.add_error("legal_name", "An institution has a legal name.")
        if said.get("kind") == Entity.Kind.PERSON and said.get("legal_name"):
            self.add_error("legal_name", "A person's name is a detail: it is kept in the vault.")
        return said

    @property
    def opening(self) -> Opening:
        """What was said, as the operation takes it."""
        said = self.cleaned_data
        organisation = said["organisation"]
        details = {name: said[f"detail_{name}"] for name in FIELDS if said[f"detail_{name}"]}
        return Opening(
            organisation_id=organisation.pk if organisation else None,
            organisation_name=said["organisation_name"],
            entity=EntityTerms(
                said["legal_name"], said["kind"], said["reference"], said["country"], said["lei"] or None
            ),
            identity=IdentityTerms(said["reference"], said["kind"], said["country"], details),
            profile_name=said["profile_name"],
            profile_reference=said["profile_reference"],
        )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(permission="identity.write")
def open_account(request: HttpRequest) -> HttpResponse:
    """The form; sent, it makes entity, profile and identity at once, and compliance decides what comes next."""
    form = OpeningForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        opened = _open(request, form) if form.is_valid() else None
        if opened is not None:
            messages.success(request, "The account is open. It can do nothing until its identity is approved.", "ok")
            return HttpResponseRedirect(reverse("ops:identity", args=[opened.identity_id]))
        status = 422
    return answer(request, "ops/accounts/account_opening.html", {"form": form}, status=status)


def _open(request: HttpRequest, form: OpeningForm) -> OpenedClient | None:
    """Open it; None, with the reason in the form, when that is refused."""
    try:
        with transaction.atomic(durable=True):
            return open_client(opening=form.opening, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        for error in refusal.errors:
            name = f"detail_{error.pointer.rpartition('/')[2]}"
            form.add_error(name if name in form.fields else None, error.detail)
        if not refusal.errors:
            form.add_error(FIELD_OF_CODE.get(refusal.code), refusal.detail or refusal.code)
        return None
