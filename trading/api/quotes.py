"""POST and GET /v1/quotes, GET /v1/quotes/{id}, POST /v1/quotes/{id}/execute, GET /v1/quote-executions"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from core import clock
from core.api.fields import AmountField, IdField, InstantField, RefField, WordField
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.view import ApiView, json_answer, read_json
from core.domain.decimals import format_scaled
from trading.contracts import QuoteWish
from trading.models import Quote, QuoteExecution
from trading.operations.execute_quote import execute_quote
from trading.operations.request_quote import request_quote
from trading.queries.client_quotes import access_quote, list_client_quote_executions, list_client_quotes

FILTERS = {
    "id": id_filter("id"),
    "profile_id": id_filter("profile_id"),
    "market": ref_filter("market__symbol"),
    "side": word_filter("side", Quote.Side.values),
    "status": word_filter("status", Quote.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}
EXECUTION_FILTERS = {
    "id": id_filter("id"),
    "quote_id": id_filter("quote_id"),
    "profile_id": id_filter("profile_id"),
    "client_reference": ref_filter("client_reference"),
    "market": ref_filter("quote__market__symbol"),
    **instant_filters("executed_at", "executed_at"),
}


class QuoteIn(ShapeIn):
    """One side, and one amount: ``base_amount`` or ``quote_amount``."""

    profile_id = IdField()
    market = RefField()
    side = WordField(Quote.Side.values)
    base_amount = AmountField(required=False)
    quote_amount = AmountField(required=False)


class QuoteOut(ShapeOut):
    """A price that is held until ``expires_at``. ``base_amount`` and ``quote_amount`` are what moves if it is executed."""

    id = IdField()
    profile_id = IdField()
    market = RefField(source="market.symbol")
    side = WordField(Quote.Side.values)
    named = WordField(["BASE", "QUOTE"], source="market")
    base_amount = AmountField(source="gives_base")
    quote_amount = AmountField(source="gives_quote")
    price = AmountField()
    status = WordField(Quote.Status.values)
    withdrawn_for = WordField(Quote.Withdrawal.values, allow_null=True)
    expires_at = InstantField()
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()
    closed_at = InstantField(allow_null=True)

    def to_representation(self, instance: Quote) -> dict[str, Any]:
        """Amounts at their assets' scales, the price at the market's; a quote whose moment has passed is EXPIRED."""
        market = instance.market
        return super().to_representation(instance) | {
            "named": "QUOTE" if instance.base_amount is None else "BASE",
            "base_amount": format_scaled(instance.gives_base, market.base.scale),
            "quote_amount": format_scaled(instance.gives_quote, market.quote.scale),
            "price": format_scaled(instance.price, market.price_scale),
            "status": instance.status_at(clock.now()),
            "withdrawn_for": instance.withdrawn_for or None,
        }


class QuoteExecuteIn(ShapeIn):
    client_reference = RefField()


class QuoteExecutionOut(ShapeOut):
    """A quote that was taken: ``base_amount`` for ``quote_amount``, settled at once by ``entry_id``."""

    id = IdField()
    quote_id = IdField()
    profile_id = IdField()
    client_reference = RefField()
    market = RefField(source="quote.market.symbol")
    side = WordField(Quote.Side.values, source="quote.side")
    price = AmountField(source="quote.price")
    base_amount = AmountField()
    quote_amount = AmountField()
    entry_id = IdField()
    executed_at = InstantField()

    def to_representation(self, instance: QuoteExecution) -> dict[str, Any]:
        """Amounts at their assets' scales, the price at the market's."""
        market = instance.quote.market
        return super().to_representation(instance) | {
            "price": format_scaled(instance.quote.price, market.price_scale),
            "base_amount": format_scaled(instance.base_amount, market.base.scale),
            "quote_amount": format_scaled(instance.quote_amount, market.quote.scale),
        }


QUOTE_IN, QUOTE_OUT = QuoteIn(), QuoteOut()
QUOTE_EXECUTE_IN, QUOTE_EXECUTION_OUT = QuoteExecuteIn(), QuoteExecutionOut()


class QuotesView(ApiView):
    """Prices that the house holds for the entity's profiles."""

    scopes = {"POST": "quotes:write", "GET": "quotes:read"}
    buckets = {"POST": "quotes"}

    @extend_schema(
        operation_id="request_quote",
        tags=["Quotes"],
        summary="Ask the house for a price that holds for a while",
        description=(
            "Each request is a quote of its own. The amount that is named is exact; the other is rounded for the house. The"
            " price has everything in it: there is no fee beside it."
        ),
        request=QuoteIn,
        responses={201: QuoteOut},
    )
    def post(self, request: Request) -> HttpResponse:
        wish = QuoteWish(**QUOTE_IN.parse(read_json(request)))
        quote = request_quote(
            wish=wish, entity_id=principal_of(request).entity_id, actor=actor_of_principal(request), at=clock.now()
        )
        headers = {"Location": f"/v1/quotes/{quote.pk}"}
        return json_answer(QUOTE_OUT.to_representation(quote), 201, headers=headers, version=quote.version)

    @extend_schema(
        operation_id="list_quotes",
        tags=["Quotes"],
        summary="The entity's quotes",
        parameters=list_parameters(FILTERS),
        responses=page_shape(QuoteOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_quotes(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, QUOTE_OUT)


class QuoteView(ApiView):
    scopes = {"GET": "quotes:read"}

    @extend_schema(
        operation_id="get_quote", tags=["Quotes"], summary="One quote, and where it stands", responses=QuoteOut
    )
    def get(self, request: Request, quote_id: UUID) -> HttpResponse:
        quote = access_quote(quote_id=quote_id, entity_id=principal_of(request).entity_id)
        return json_answer(QUOTE_OUT.to_representation(quote), version=quote.version)


class QuoteExecuteView(ApiView):
    scopes = {"POST": "quotes:write"}
    # Whoever has a price in hand is not kept from it by having asked for many.
    buckets = {"POST": "orders"}

    @extend_schema(
        operation_id="execute_quote",
        tags=["Quotes"],
        summary="Take a quote, once",
        description=(
            "The value moves at once, between the profile and the house. `client_reference` is unique for the profile for ever:"
            " sent again, the stored execution is answered (200)."
        ),
        request=QuoteExecuteIn,
        responses={201: QuoteExecutionOut, 200: QuoteExecutionOut},
    )
    def post(self, request: Request, quote_id: UUID) -> HttpResponse:
        values = QUOTE_EXECUTE_IN.parse(read_json(request))
        executed = execute_quote(
            quote_id=quote_id,
            client_reference=values["client_reference"],
            entity_id=principal_of(request).entity_id,
            actor=actor_of_principal(request),
            at=clock.now(),
        )
        headers = {"Idempotent-Replayed": "true"} if executed.is_replay else {}
        shown = QUOTE_EXECUTION_OUT.to_representation(executed.execution)
        return json_answer(shown, 200 if executed.is_replay else 201, headers=headers)


class QuoteExecutionsView(ApiView):
    scopes = {"GET": "quotes:read"}

    @extend_schema(
        operation_id="list_quote_executions",
        tags=["Quotes"],
        summary="The quotes that the entity took",
        parameters=list_parameters(EXECUTION_FILTERS),
        responses=page_shape(QuoteExecutionOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, EXECUTION_FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_quote_executions(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, QUOTE_EXECUTION_OUT)
