"""Entity: the legal person that owns profiles and holds credentials; the border of tenancy."""

from django.db import models
from django.db.models.functions import Now

from core.fields import REFERENCE_PATTERN, reference_field
from core.ids import new_id

from .organisation import Organisation


class Entity(models.Model):
    """A person or an institution of an organisation; what belongs to another entity does not exist for it."""

    class Kind(models.TextChoices):
        PERSON = "PERSON"
        INSTITUTION = "INSTITUTION"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        CLOSED = "CLOSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entities")
    # Of an institution; a natural person's name stands in the vault, and the person is shown by reference.
    legal_name = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    # The organisation's own name for it: 1 to 64 of A-Z a-z 0-9 . _ : -
    reference = reference_field()
    # ISO 3166-1 alpha-2.
    country = models.CharField(max_length=2)
    # ISO 17442, where it has one.
    lei = models.CharField(max_length=20, null=True, blank=True)
    # The identity that the entity itself is; of this entity (`own_identity_is_of_the_entity`).
    own_identity = models.ForeignKey(
        "accounts.Identity", on_delete=models.PROTECT, null=True, blank=True, related_name="is_own_of"
    )
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "entities"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "reference"], name="entity_reference_is_unique_in_organisation"
            ),
            models.CheckConstraint(
                condition=models.Q(reference__regex=REFERENCE_PATTERN), name="entity_reference_is_plain"
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="entity_country_is_two_letters"
            ),
            models.CheckConstraint(
                condition=models.Q(lei__isnull=True) | models.Q(lei__regex=r"^[A-Z0-9]{18}[0-9]{2}$"),
                name="entity_lei_has_its_form",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["PERSON", "INSTITUTION"]), name="entity_kind_is_known"),
            models.CheckConstraint(
                condition=~models.Q(kind="PERSON") | models.Q(legal_name=""), name="person_entity_has_no_name_in_clear"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="PERSON") | ~models.Q(legal_name=""), name="institution_has_its_legal_name"
            ),
            models.CheckConstraint(condition=models.Q(status__in=["ACTIVE", "CLOSED"]), name="entity_status_is_known"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """What pages and reports call it: an institution's name; a person, whose name is in the vault, by the reference."""
        return self.legal_name or self.reference
