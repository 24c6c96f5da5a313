"""Quotes and their executions as the client whose they are may see them."""

from uuid import UUID

from django.db.models import QuerySet

from core.domain.refusals import NotFound
from trading.models import Quote, QuoteExecution


def list_client_quotes(*, entity_id: UUID) -> "QuerySet[Quote]":
    """The quotes of an entity's profiles, each with its market."""
    return Quote.objects.select_related("market__base", "market__quote").filter(profile__entity_id=entity_id)


def access_quote(*, quote_id: UUID, entity_id: UUID) -> Quote:
    """The quote, if it is of one of the entity's profiles; otherwise there is no such quote."""
    quote = list_client_quotes(entity_id=entity_id).filter(pk=quote_id).first()
    if quote is None:
        raise NotFound("quote")
    return quote


def list_client_quote_executions(*, entity_id: UUID) -> "QuerySet[QuoteExecution]":
    """The executions of an entity's quotes, each with its quote and market."""
    executions = QuoteExecution.objects.select_related("quote__market__base", "quote__market__quote")
    return executions.filter(profile__entity_id=entity_id)
