"""StaffUser: a person of the house who signs in to the back office."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.functional import cached_property

from core.ids import new_id


class StaffUserManager(BaseUserManager["StaffUser"]):
    """Makes staff users with a hashed password; finds them by e-mail address whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffUser":
        """Create an invited person, who becomes active by enrolling a second factor.

        Without a password nobody can sign in as that person.
        """
        user = StaffUser(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "StaffUser":
        """Create an invited person who may use the break-glass admin once active."""
        return self.create_user(email, password, **(fields | {"is_superuser": True}))

    def get_by_natural_key(self, username: str | None) -> "StaffUser":
        return self.get(email=(username or "").strip().lower())


class StaffUser(AbstractBaseUser, PermissionsMixin):
    """A member of staff, who signs in by e-mail address. Only while ACTIVE; else sessions end at once.

    What a person may do are the permissions of the roles granted to them: being a superuser opens the break-glass admin
    and gives no permission of the business.
    """

    class Status(models.TextChoices):
        INVITED = "INVITED"
        ACTIVE = "ACTIVE"
        SUSPENDED = "SUSPENDED"
        LEFT = "LEFT"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.INVITED)
    # Accounts of one human share it, so that nobody is a second pair of eyes by a second account.
    person_id = models.UUIDField(default=new_id)
    # When a second factor (TOTP or passkey) was first enrolled.
    mfa_enrolled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    objects = StaffUserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="staff_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(status__in=["INVITED", "ACTIVE", "SUSPENDED", "LEFT"]),
                name="staff_status_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="ACTIVE") | models.Q(mfa_enrolled_at__isnull=False),
                name="active_staff_has_second_factor",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether this person may sign in and stay signed in."""
        return self.status == self.Status.ACTIVE

    @property
    def is_staff(self) -> bool:
        """Whether the break-glass admin opens for this person."""
        return self.is_superuser

    @cached_property
    def held_permissions(self) -> frozenset[str]:
        """The permissions of the roles this person has now; asked of the database once for each loaded person."""
        held = self.grants.filter(ended_at__isnull=True).values_list("role__permissions", flat=True)
        return frozenset(code for permissions in held for code in permissions)

    def has_permission(self, code: str) -> bool:
        """Whether this person is active and holds the permission ``code`` by a role. A superuser gets none by that alone."""
        return self.is_active and code in self.held_permissions

    def mark_active(self, *, at: datetime) -> None:
        """Let this person work; a second factor is enrolled by now."""
        self.mfa_enrolled_at = self.mfa_enrolled_at or at
        self._move(self.Status.ACTIVE, at)

    def mark_suspended(self, *, at: datetime) -> None:
        """Keep this person out until resumed."""
        self._move(self.Status.SUSPENDED, at)

    def mark_invited_again(self, *, at: datetime) -> None:
        """Let this person in by a new invitation only: no second factor is enrolled any more."""
        self.mfa_enrolled_at = None
        self._move(self.Status.INVITED, at)

    def mark_left(self, *, at: datetime) -> None:
        """Keep this person out for ever (``who_left_stays_out``)."""
        self._move(self.Status.LEFT, at)

    def _move(self, status: str, at: datetime) -> None:
        self.status = status
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", "mfa_enrolled_at", "version", "updated_at"])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
