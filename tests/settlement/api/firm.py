"""A program of the firm's own, for tests."""

from accounts.models import Organisation
from accounts.operations.create_organisation import create_organisation
from core import clock
from tests.people import Person, a_client

SCOPES = ("firm:funding", "approvals:read", "approvals:write")


def a_firm_program() -> Person:
    """With the scope of the money doors."""
    firm = Organisation.objects.filter(kind="FIRM").values_list("pk", flat=True).first()
    firm = firm or create_organisation(name="The house", kind="FIRM", at=clock.now())
    return a_client(scopes=SCOPES, organisation_id=firm)
