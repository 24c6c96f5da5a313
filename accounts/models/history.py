"""The history of who is who, and who may what. No secret, no hash of one, and nothing that every sign-in or request changes."""

from core.history import history_of

from .api_credential import ApiCredential
from .approval_policy import ApprovalPolicy
from .entity import Entity
from .identity import Identity
from .identity_control import IdentityControl
from .organisation import Organisation
from .profile import Profile
from .profile_member import ProfileMember
from .role import Role, RoleGrant
from .staff_user import StaffUser
from .webhook_subscription import WebhookSubscription

OrganisationHistory = history_of(
    Organisation, fields=("id", "name", "kind", "status", "version", "created_at"), left_out=("updated_at",)
)
EntityHistory = history_of(
    Entity,
    fields=(
        "id", "organisation", "legal_name", "kind", "reference", "country", "lei", "own_identity", "status", "version",
        "created_at",
    ),
    left_out=("updated_at",),
)  # fmt: skip
# What a profile may do follows from its members, their status and their controls, which have histories of their own.
ProfileHistory = history_of(
    Profile,
    fields=("id", "entity", "name", "kind", "reference", "self_trade_group", "status", "version", "created_at"),
    left_out=("denied_actions", "reviewed_actions", "updated_at"),
)
ProfileMemberHistory = history_of(
    ProfileMember, fields=("id", "profile", "identity", "entity", "role", "since", "until", "created_at"), left_out=()
)
IdentityHistory = history_of(
    Identity,
    fields=(
        "id", "entity", "reference", "kind", "status", "reason_code", "decided_at", "risk_rating", "country", "subject_id",
        "last_refresh_date", "refresh_due_date", "refresh_status", "version", "created_at",
    ),
    left_out=("reminded_days", "updated_at"),
)  # fmt: skip
# Notes are free text, and may speak of a person: they stay in their row, where they are written once.
IdentityControlHistory = history_of(
    IdentityControl,
    fields=(
        "id", "identity", "kind", "set_by", "set_by_id", "is_overridable", "reason_code", "set_at", "cleared_at",
        "cleared_by", "created_at",
    ),
    left_out=("note", "cleared_note"),
)  # fmt: skip
# Each use of a credential, and each sign-in of a person, writes its row.
ApiCredentialHistory = history_of(
    ApiCredential,
    fields=(
        "id", "entity", "label", "client_id", "previous_secret_ends_at", "scopes", "allowed_cidrs", "signing_public_key",
        "rate_limits", "status", "expires_at", "version", "created_at",
    ),
    left_out=("secret_hash", "previous_secret_hash", "last_used_at", "last_used_from", "updated_at"),
    is_hot=True,
)  # fmt: skip
StaffUserHistory = history_of(
    StaffUser,
    fields=("id", "email", "name", "status", "person_id", "is_superuser", "mfa_enrolled_at", "version", "created_at"),
    left_out=("password", "last_login", "updated_at"),
    is_hot=True,
)
RoleHistory = history_of(Role, fields=("id", "name", "permissions", "version", "created_at"), left_out=("updated_at",))
RoleGrantHistory = history_of(
    RoleGrant, fields=("id", "staff", "role", "granted_at", "ended_at", "created_at"), left_out=()
)
ApprovalPolicyHistory = history_of(
    ApprovalPolicy,
    fields=(
        "id", "action", "policy_version", "tiers", "expires_after_hours", "needs_reauthentication", "daily_limit",
        "in_force_from", "approval_id", "created_at",
    ),
    left_out=(),
)  # fmt: skip
# Each delivery, and each look through the stream, writes its row.
WebhookSubscriptionHistory = history_of(
    WebhookSubscription,
    fields=(
        "id", "entity", "slot", "stream_id", "url", "topics", "max_per_second", "status", "previous_secret_ends_at",
        "deleted_at", "version", "created_at",
    ),
    left_out=(
        "sealed_secret", "previous_sealed_secret", "last_seq", "failing_since", "failures", "rest_until", "taken_until",
        "updated_at",
    ),
    is_hot=True,
)  # fmt: skip
