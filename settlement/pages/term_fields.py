"""Fields of forms that propose terms: numbers by the grammar of the house, moments in UTC."""

from datetime import UTC
from typing import Any

from django import forms

from accounts.pages.policies import NumberField
from settlement.queries.terms_in_line import FALLS_AWAY, STAYS

__all__ = ["FollowsField", "MadeFromField", "MomentField", "NumberField", "ReasonField"]


class FollowsField(forms.ChoiceField):
    """What becomes of the terms that come after these: there is no answer of the house's own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            label="Terms in line after that",
            choices=(("", "Choose\u2026"), (STAYS, "Stay in line"), (FALLS_AWAY, "Fall away")),
            help_text="Only where others are to come later; who approves is shown them.",
            **options,
        )


class MadeFromField(forms.UUIDField):
    """The newest in line that the form was made from."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, **options)


class MomentField(forms.DateTimeField):
    """A moment in UTC, to the minute; empty is as soon as it is approved."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            label="In force from (UTC)",
            input_formats=["%Y-%m-%d %H:%M"],
            help_text="As 2026-03-02 09:00. Empty: as soon as it is approved.",
            error_messages={"invalid": "A moment is written 2026-03-02 09:00."},
            **options,
        )

    def to_python(self, value: Any) -> Any:
        """The moment, in UTC whatever zone the server is in."""
        moment = super().to_python(value)
        return moment.replace(tzinfo=UTC) if moment else None


class ReasonField(forms.CharField):
    """Why it is asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, label="Reason", help_text="Stands in the record; no personal data.", **options)
