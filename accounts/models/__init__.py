"""Who: organisations, their entities and profiles, staff, API credentials and their tokens."""

from .access_token import AccessToken
from .api_credential import ApiCredential
from .approval_decision import ApprovalDecision
from .approval_policy import ApprovalPolicy
from .approval_request import ApprovalRequest, ApprovalTally
from .entity import Entity
from .history import (
    ApiCredentialHistory,
    ApprovalPolicyHistory,
    EntityHistory,
    IdentityControlHistory,
    IdentityHistory,
    OrganisationHistory,
    ProfileHistory,
    ProfileMemberHistory,
    RoleGrantHistory,
    RoleHistory,
    StaffUserHistory,
    WebhookSubscriptionHistory,
)
from .identity import Identity
from .identity_control import IdentityControl
from .identity_document import IdentityDocument
from .identity_verification import IdentityVerification
from .organisation import Organisation
from .permission_loss import PermissionLoss
from .permission_rule import PermissionRule
from .profile import Profile
from .profile_member import ProfileMember
from .rate_bucket import RateBucket
from .role import Role, RoleGrant
from .sign_in_pace import SignInPace
from .socket_ticket import SocketTicket
from .spent_code import SpentCode
from .staff_invitation import StaffInvitation
from .staff_session import StaffSession
from .staff_user import StaffUser, StaffUserManager
from .vault_index import VaultIndex
from .vault_record import VaultRecord
from .webhook_delivery import WebhookDelivery
from .webhook_subscription import WebhookSubscription

__all__ = [
    "AccessToken",
    "ApiCredential",
    "ApiCredentialHistory",
    "ApprovalDecision",
    "ApprovalPolicy",
    "ApprovalPolicyHistory",
    "ApprovalRequest",
    "ApprovalTally",
    "Entity",
    "EntityHistory",
    "Identity",
    "IdentityControl",
    "IdentityControlHistory",
    "IdentityDocument",
    "IdentityHistory",
    "IdentityVerification",
    "Organisation",
    "OrganisationHistory",
    "PermissionLoss",
    "PermissionRule",
    "Profile",
    "ProfileHistory",
    "ProfileMember",
    "ProfileMemberHistory",
    "RateBucket",
    "Role",
    "RoleGrant",
    "RoleGrantHistory",
    "RoleHistory",
    "SignInPace",
    "SocketTicket",
    "SpentCode",
    "StaffInvitation",
    "StaffSession",
    "StaffUser",
    "StaffUserHistory",
    "StaffUserManager",
    "VaultIndex",
    "VaultRecord",
    "WebhookDelivery",
    "WebhookSubscription",
    "WebhookSubscriptionHistory",
]
