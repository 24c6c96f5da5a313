"""Whom a payment is for, in the clear: for its bank and for the screening, and nowhere else."""

from accounts.queries.details import open_details
from settlement.models import Destination


def name_beneficiary(destination: Destination) -> str:
    """The name of the institution, or the person's out of the vault; nothing where it was erased or does not open.

    Refuses with 503 UNAVAILABLE while the database of keys is away.
    """
    if destination.subject_id is None:
        return destination.beneficiary_name
    name = open_details([destination.subject_id])[destination.subject_id].get("full_name")
    return name.text if name and name.is_readable else ""
