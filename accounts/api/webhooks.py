"""POST and GET /v1/webhook-subscriptions, GET, PATCH and DELETE /v1/webhook-subscriptions/{id}, and what is done with one: POST
…/test, …/rotate-secret, …/replay, GET …/deliveries
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.webhook_shapes import (
    DELIVERY_OUT,
    REPLAY_IN,
    WEBHOOK_CHANGE_IN,
    WEBHOOK_IN,
    WEBHOOK_OUT,
    WEBHOOK_SECRET_IN,
    WEBHOOK_SECRET_OUT,
    DeliveryOut,
    NewWebhookOut,
    ReplayIn,
    ReplayOut,
    WebhookChangeIn,
    WebhookIn,
    WebhookOut,
    WebhookSecretIn,
    WebhookSecretOut,
)
from accounts.models import WebhookDelivery, WebhookSubscription
from accounts.operations.change_webhook import change_webhook
from accounts.operations.create_webhook import create_webhook
from accounts.operations.delete_webhook import delete_webhook
from accounts.operations.lock_webhook import WEBHOOK
from accounts.operations.pause_webhook import pause_webhook
from accounts.operations.replay_webhook import replay_webhook
from accounts.operations.resume_webhook import resume_webhook
from accounts.operations.rotate_webhook_secret import rotate_webhook_secret
from accounts.operations.try_webhook import try_webhook
from accounts.queries.webhooks import access_webhook, list_deliveries, list_entity_webhooks
from core import clock
from core.api.conditional import HEADER as IF_MATCH
from core.api.conditional import required_version
from core.api.idempotency import HEADER, Done, answer_once
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    word_filter,
)
from core.api.shapes import page_shape
from core.api.view import ApiView, json_answer, read_json, refuse_body

FILTERS = {
    "id": id_filter("id"),
    "status": word_filter("status", WebhookSubscription.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}
DELIVERY_FILTERS = {
    "status": word_filter("status", WebhookDelivery.Status.values),
    **instant_filters("created_at", "created_at"),
}
_KEY_HEADER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
_IF_MATCH = OpenApiParameter(IF_MATCH, str, OpenApiParameter.HEADER, required=True)
_MOVES = {"ACTIVE": resume_webhook, "PAUSED": pause_webhook}


class WebhooksView(ApiView):
    scopes = {"GET": "webhooks:read", "POST": "webhooks:write"}

    @extend_schema(
        operation_id="list_webhook_subscriptions",
        tags=["Webhooks"],
        summary="The entity's webhook subscriptions",
        parameters=list_parameters(FILTERS),
        responses=page_shape(WebhookOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_entity_webhooks(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, WEBHOOK_OUT)

    @extend_schema(
        operation_id="create_webhook_subscription",
        tags=["Webhooks"],
        summary="Have events sent to an address, from now on",
        description=(
            "Ten an entity at most. The secret that signs the messages is shown in this answer and never again. Topics are"
            " `app.noun.verb`, `app.noun.*`, `app.*` or `*`."
        ),
        parameters=[_KEY_HEADER],
        request=WebhookIn,
        responses={201: NewWebhookOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, body, principal = clock.now(), read_json(request), principal_of(request)
        wish = WEBHOOK_IN.parse(body)

        def work() -> Done:
            made = create_webhook(entity_id=principal.entity_id, actor=actor_of_principal(request), at=at, **wish)
            shape = WEBHOOK_OUT.to_representation(
                access_webhook(subscription_id=made.subscription_id, entity_id=principal.entity_id)
            )
            shown = shape | {"secret": made.secret}
            return Done(201, shape | {"secret": None}, WEBHOOK, made.subscription_id, shown=shown)

        return _once(request, "/v1/webhook-subscriptions", body, work)


class WebhookView(ApiView):
    scopes = {"GET": "webhooks:read", "PATCH": "webhooks:write", "DELETE": "webhooks:write"}

    @extend_schema(
        operation_id="get_webhook_subscription",
        tags=["Webhooks"],
        summary="One webhook subscription",
        responses=WebhookOut,
    )
    def get(self, request: Request, subscription_id: UUID) -> HttpResponse:
        return _answer(_own(request, subscription_id))

    @extend_schema(
        operation_id="change_webhook_subscription",
        tags=["Webhooks"],
        summary="Change, pause or resume a webhook subscription",
        description=(
            "`status` PAUSED keeps its place in the stream: what happens meanwhile is sent once it is ACTIVE again. A BROKEN one"
            " is resumed by ACTIVE too, and not paused."
        ),
        parameters=[_IF_MATCH],
        request=WebhookChangeIn,
        responses=WebhookOut,
    )
    def patch(self, request: Request, subscription_id: UUID) -> HttpResponse:
        _own(request, subscription_id)
        version, changes = required_version(request), WEBHOOK_CHANGE_IN.parse(read_json(request))
        actor, at, status = actor_of_principal(request), clock.now(), changes.pop("status", None)
        with transaction.atomic(durable=True):
            change_webhook(subscription_id=subscription_id, changes=changes, version=version, actor=actor, at=at)
            if status is not None:
                _MOVES[status](subscription_id=subscription_id, actor=actor, at=at)
        return _answer(_own(request, subscription_id))

    @extend_schema(
        operation_id="delete_webhook_subscription",
        tags=["Webhooks"],
        summary="End a webhook subscription for ever",
        responses={204: None},
    )
    def delete(self, request: Request, subscription_id: UUID) -> HttpResponse:
        _own(request, subscription_id)
        with transaction.atomic(durable=True):
            delete_webhook(subscription_id=subscription_id, actor=actor_of_principal(request), at=clock.now())
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


class WebhookTestView(ApiView):
    scopes = {"POST": "webhooks:write"}

    @extend_schema(
        operation_id="test_webhook_subscription",
        tags=["Webhooks"],
        summary="Have a test sent, once",
        description=(
            "An event `accounts.webhook.tested` with the number 0, also to a subscription that is PAUSED or BROKEN. What came"
            " of it is in its deliveries."
        ),
        parameters=[_KEY_HEADER],
        request=None,
        responses={202: DeliveryOut},
    )
    def post(self, request: Request, subscription_id: UUID) -> HttpResponse:
        refuse_body(request._request)
        _own(request, subscription_id)
        at = clock.now()

        def work() -> Done:
            delivery = try_webhook(subscription_id=subscription_id, actor=actor_of_principal(request), at=at)
            return Done(202, DELIVERY_OUT.to_representation(delivery), "accounts.webhook_delivery", delivery.id)

        return _once(request, f"/v1/webhook-subscriptions/{subscription_id}/test", {}, work)


class WebhookSecretView(ApiView):
    scopes = {"POST": "webhooks:write"}

    @extend_schema(
        operation_id="rotate_webhook_secret",
        tags=["Webhooks"],
        summary="Be shown a new secret, once",
        description=(
            "For `overlap_seconds` (86,400 unless less is asked for) messages carry a signature with each of the two secrets."
            " While two sign a third is refused, unless it `replaces_oldest`. The secret is not shown again: the same request"
            " again answers `secret` null."
        ),
        parameters=[_KEY_HEADER],
        request=WebhookSecretIn,
        responses={201: WebhookSecretOut},
    )
    def post(self, request: Request, subscription_id: UUID) -> HttpResponse:
        _own(request, subscription_id)
        at, body = clock.now(), read_json(request)
        wish = WEBHOOK_SECRET_IN.parse(body)

        def work() -> Done:
            made = rotate_webhook_secret(
                subscription_id=subscription_id, actor=actor_of_principal(request), at=at, **wish
            )
            shown = WEBHOOK_SECRET_OUT.to_representation(made)
            return Done(201, shown | {"secret": None}, WEBHOOK, subscription_id, shown=shown)

        return _once(request, f"/v1/webhook-subscriptions/{subscription_id}/rotate-secret", body, work)


class WebhookReplayView(ApiView):
    scopes = {"POST": "webhooks:write"}

    @extend_schema(
        operation_id="replay_webhook_subscription",
        tags=["Webhooks"],
        summary="Have events sent again",
        description=(
            "Those with numbers above `after`, up to `until` or all, that its topics name; each under the id that it always had."
            " `count` says how many. At most 100,000 numbers and 10,000 events at once."
        ),
        parameters=[_KEY_HEADER],
        request=ReplayIn,
        responses={202: ReplayOut},
    )
    def post(self, request: Request, subscription_id: UUID) -> HttpResponse:
        _own(request, subscription_id)
        at, body = clock.now(), read_json(request)
        wish = REPLAY_IN.parse(body)

        def work() -> Done:
            count = replay_webhook(subscription_id=subscription_id, actor=actor_of_principal(request), at=at, **wish)
            return Done(202, {"count": count}, WEBHOOK, subscription_id)

        return _once(request, f"/v1/webhook-subscriptions/{subscription_id}/replay", body, work)


class WebhookDeliveriesView(ApiView):
    scopes = {"GET": "webhooks:read"}

    @extend_schema(
        operation_id="list_webhook_deliveries",
        tags=["Webhooks"],
        summary="What was sent to a webhook subscription, or will be",
        description="Those that have ended are kept for 30 days; the events themselves stay in the list of events.",
        parameters=list_parameters(DELIVERY_FILTERS),
        responses=page_shape(DeliveryOut),
    )
    def get(self, request: Request, subscription_id: UUID) -> HttpResponse:
        _own(request, subscription_id)
        query = read_list_query(request, DELIVERY_FILTERS, asker=str(subscription_id))
        rows = keyset_page(query, list_deliveries(subscription_id=subscription_id), at=clock.now())
        return page_answer(query, rows, DELIVERY_OUT)


def _own(request: Request, subscription_id: UUID) -> WebhookSubscription:
    return access_webhook(subscription_id=subscription_id, entity_id=principal_of(request).entity_id)


def _once(request: Request, route: str, body: Any, work: Callable[[], Done]) -> HttpResponse:
    return answer_once(request, principal_id=principal_of(request).credential_id, route=route, body=body, work=work)


def _answer(subscription: WebhookSubscription) -> HttpResponse:
    return json_answer(WEBHOOK_OUT.to_representation(subscription), version=subscription.version)
