"""What of a request's body tells of a person: the door of every resource that takes details names it to ``answer_once``."""

from accounts.gateways.detail_seal import personal_hash
from core.api.personal_body import Personal

# Details of the body itself, and of each member that an opening brings.
PERSONAL_DETAILS = Personal(("/details/*", "/identity/details/*", "/identities/*/details/*"), personal_hash)
