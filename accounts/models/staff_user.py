"""StaffUser: a person of the house who signs in to the back office."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now

from core.ids import new_id


class StaffUserManager(BaseUserManager["StaffUser"]):
    """Makes staff users with a hashed password; finds them by e-mail address whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffUser":
        """Create an active person; without a password nobody can sign in as that person."""
        fields.setdefault("status", StaffUser.Status.ACTIVE)
        user = StaffUser(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "StaffUser":
        """Create an active person who may use the break-glass admin."""
        return self.create_user(email, password, **(fields | {"is_superuser": True}))

    def get_by_natural_key(self, username: str | None) -> "StaffUser":
        return self.get(email=(username or "").strip().lower())


class StaffUser(AbstractBaseUser, PermissionsMixin):
    """A member of staff, who signs in by e-mail address. Only while ACTIVE; else sessions end at once."""

    class Status(models.TextChoices):
        INVITED = "INVITED"
        ACTIVE = "ACTIVE"
        SUSPENDED = "SUSPENDED"
        LEFT = "LEFT"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.INVITED)
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

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
