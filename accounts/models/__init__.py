"""Who: organisations, their entities and profiles, staff, API credentials and their tokens."""

from .access_token import AccessToken
from .api_credential import ApiCredential
from .entity import Entity
from .organisation import Organisation
from .profile import Profile
from .sign_in_pace import SignInPace
from .socket_ticket import SocketTicket
from .staff_user import StaffUser, StaffUserManager

__all__ = [
    "AccessToken",
    "ApiCredential",
    "Entity",
    "Organisation",
    "Profile",
    "SignInPace",
    "SocketTicket",
    "StaffUser",
    "StaffUserManager",
]
