"""Client statements as their clients and the desk see them, and the figures that were kept of each."""

import hashlib
import json
import zlib
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.gateways import document_store
from accounts.models import Profile
from accounts.queries.shown_names import is_named
from core.domain.refusals import NotFound, Refusal
from settlement.models import ClientStatement


def list_statements(*, text: str = "") -> "QuerySet[ClientStatement]":
    """The statements whose number, profile or entity has ``text`` in it; the caller orders and cuts."""
    statements = ClientStatement.objects.select_related("profile__entity", "supersedes")
    if text:
        statements = statements.filter(
            Q(number__icontains=text) | Q(profile__reference__icontains=text) | is_named(text, "profile__entity__")
        )
    return statements


def get_statement(*, statement_id: UUID) -> ClientStatement:
    """The statement, whosever it is: for the house itself."""
    statement = list_statements().filter(pk=statement_id).first()
    if statement is None:
        raise NotFound("client statement")
    return statement


def find_profiles(text: str) -> "QuerySet[Profile]":
    """The profiles of an id or a reference, closed ones too; two at most, for more than one is one too many."""
    named = Q(reference=text)
    with suppress(ValueError):
        named |= Q(id=UUID(text))
    return Profile.objects.filter(named).select_related("entity")[:2]


def list_client_statements(*, entity_id: UUID) -> "QuerySet[ClientStatement]":
    """The statements of an entity's profiles."""
    return ClientStatement.objects.filter(profile__entity_id=entity_id).select_related("supersedes")


def access_statement(*, statement_id: UUID, entity_id: UUID) -> ClientStatement:
    """The statement, if it is of the entity; otherwise there is no such statement."""
    statement = list_client_statements(entity_id=entity_id).filter(pk=statement_id).first()
    if statement is None:
        raise NotFound("client statement")
    return statement


def read_document(statement: ClientStatement) -> dict[str, Any]:
    """The figures as they were issued.

    Refuses with 409 SUBJECT_ERASED when the client's key was destroyed, and with 409 STATEMENT_DAMAGED when the bytes are not
    those whose hash the statement has: then nothing is told.
    """
    content = zlib.decompress(b"".join(document_store.get(statement.subject_id, statement.storage_key)))
    if hashlib.sha256(content).hexdigest() != statement.sha256:
        raise Refusal("STATEMENT_DAMAGED", "What was kept of the statement is not what was issued.", status=409)
    document: dict[str, Any] = json.loads(content)
    return document
