"""Transfers and journals of the tenants, and the bodies that start them."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from accounts.gateways import document_store
from accounts.operations.create_profile import create_profile
from core.clock import now
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount
from settlement.operations.draft_journal import Attachment, JournalTerms, LineTerms, draft_journal
from settlement.operations.start_transfers import TransferWish, start_transfers
from tests.desk import a_person
from tests.identities import hold

if TYPE_CHECKING:
    from tests.authz.house import House, Tenant


def make_transfer(house: House, tenant: Tenant) -> str:
    """Two that went to a further profile of the tenant."""
    profile_id = create_profile(entity_id=tenant.client.entity_id, name="Second", reference="second", at=house.world.at)
    hold(profile_id, at=house.world.at)
    tenant.holds["second_profile_id"] = str(profile_id)
    wishes = [
        TransferWish(tenant.client.profile_id, profile_id, "USD", Decimal(1), f"{tenant.name}-{number}")
        for number in range(2)
    ]
    return str(
        start_transfers(wishes=wishes, actor=Actor("CREDENTIAL", tenant.client.credential.credential_id), at=now())
        .transfers[-1]
        .pk
    )


def make_journal(house: House, tenant: Tenant) -> str:
    """A draft about the tenant's money, with a document."""
    journal_id, content = new_id(), b"%PDF-1.7 advice"
    tenant.holds["sha256"] = sha256(content).hexdigest()
    attachment = Attachment(tenant["sha256"], "advice.pdf", document_store.put(journal_id, content))
    lines = [LineTerms(*map(UUID, journal_accounts(house, tenant)), Decimal(1))]
    terms = JournalTerms("CORRECTION", "Tests", lines, [attachment], journal_id)
    actor = Actor("PERSON", a_person("Dirk Drafts", ()).pk)
    return str(draft_journal(terms=terms, actor=actor, at=now()).pk)


def journal_accounts(house: House, tenant: Tenant) -> tuple[str, str]:
    account = LedgerAccount.objects.get(profile_id=tenant.client.profile_id, asset__code="USD")
    return str(account.pk), str(house.world.omnibus["USD"])


def transfer_body(_house: House, tenant: Tenant, number: int) -> dict[str, Any]:
    return {
        "from_profile_id": tenant["profile_id"],
        "to_profile_id": tenant["second_profile_id"],
        "asset": "USD",
        "amount": "1.00",
        "client_reference": f"cell-{number}",
    }


def journal_body(house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    source, destination = journal_accounts(house, tenant)
    line = {"source_id": source, "destination_id": destination, "amount": "1.00"}
    return {"category": "CORRECTION", "reason": "Tests", "lines": [line]}
