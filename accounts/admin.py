"""Accounts in the break-glass admin. Secrets are hashed and stay out of sight all the same."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.models import AccessToken, ApiCredential, Entity, Organisation, Profile, StaffUser
from core.admin import ReferenceAdmin, ShownAdmin


@admin.register(Organisation)
class OrganisationAdmin(ReferenceAdmin):
    list_display = ("name", "kind", "status")
    corrigible = ("name",)


@admin.register(Entity)
class EntityAdmin(ReferenceAdmin):
    list_display = ("legal_name", "organisation", "kind", "reference", "country", "status")
    corrigible = ("legal_name", "country", "lei")


@admin.register(Profile)
class ProfileAdmin(ReferenceAdmin):
    list_display = ("name", "entity", "reference", "kind", "status")
    corrigible = ("name",)


@admin.register(StaffUser)
class StaffUserAdmin(ReferenceAdmin):
    list_display = ("email", "name", "status", "is_superuser", "last_login")
    exclude = ("password", "groups", "user_permissions")
    corrigible = ("name",)

    shown = ("email", "name", "status", "is_superuser", "last_login", "created_at")


@admin.register(ApiCredential)
class ApiCredentialAdmin(ShownAdmin):
    list_display = ("client_id", "entity", "label", "status")
    exclude = ("secret_hash", "previous_secret_hash")


@admin.register(AccessToken)
class AccessTokenAdmin(ShownAdmin):
    list_display = ("credential", "expires_at")
    exclude = ("token_sha256",)


# Of the sign-in library nothing is kept by hand.
admin.site.unregister([Group, EmailAddress, Authenticator])
