"""Where clients' value comes in."""

from uuid import UUID

from django.db.models import QuerySet

from core.domain.refusals import NotFound
from settlement.domain.creditor_reference import find_references
from settlement.models import DepositInstruction, Rail


def source_of(rail: Rail) -> str:
    """Who tells of what arrives over the rail: the BANK of a currency, the custodian of a CHAIN."""
    return "BANK" if rail.asset.kind == "FIAT" else "CHAIN"


def list_deposit_instructions(*, entity_id: UUID) -> "QuerySet[DepositInstruction]":
    """Those of the entity's profiles; the caller orders and cuts."""
    return DepositInstruction.objects.select_related("rail__asset", "profile").filter(profile__entity_id=entity_id)


def access_deposit_instruction(*, instruction_id: UUID, entity_id: UUID) -> DepositInstruction:
    """The instruction, if it is of a profile of the entity; otherwise there is no such instruction."""
    instruction = list_deposit_instructions(entity_id=entity_id).filter(pk=instruction_id).first()
    if instruction is None:
        raise NotFound("deposit instruction")
    return instruction


def find_owner(*, rail: Rail, source: str, address: str, memo: str) -> DepositInstruction | None:
    """Whose it is that arrived at ``address`` with ``memo``, or for which a payer wrote ``address`` at a bank.

    RETIRED ones count. None where nobody's fits, or, at a bank, several do: between two nobody chooses.
    """
    known = DepositInstruction.objects.select_related("profile").filter(rail=rail)
    if source == "BANK":
        found = list(known.filter(address__in=find_references(address))[:2])
        return found[0] if len(found) == 1 else None
    return known.filter(address=address, memo=memo).first()
