"""POST /v1/firm/valuation-prices: the firm's own programs ask that a price be written down."""

import json
from http import HTTPStatus
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, approval_value
from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from core import clock
from core.api.fields import AmountField, IdField, InstantField, RefField, TextField
from core.api.idempotency import Done, answer_once
from core.api.shapes import ShapeIn, ShapeOut
from core.api.view import ApiView, read_json
from settlement.api.transfers import KEY_PARAMETER
from settlement.operations.enter_valuation_price import OBJECT_TYPE, PriceWish, enter_valuation_price

REASON_CHARACTERS = 200


class ValuationPriceIn(ShapeIn):
    asset = RefField()
    price = AmountField()
    priced_at = InstantField(required=False, help_text="The instant of the price; now, unless told.")
    reason = TextField(most=REASON_CHARACTERS)


class ValuationPriceOut(ShapeOut):
    valuation_price_id = IdField()


VALUATION_PRICE_IN = ValuationPriceIn()


class FirmValuationPricesView(ApiView):
    scopes = {"POST": "firm:ledger"}

    @extend_schema(
        operation_id="enter_valuation_price",
        tags=["Firm"],
        summary="Ask that an asset be valued at a price",
        description="For assets that no market of the house prices in the reporting asset. Waits for other people's approval"
        " (202): the answer is the request.",
        parameters=[KEY_PARAMETER],
        request=ValuationPriceIn,
        responses={201: ValuationPriceOut, 202: ApprovalOut},
    )
    def post(self, request: Request) -> HttpResponse:
        principal = firm_principal(request)
        body, at = read_json(request), clock.now()
        said = VALUATION_PRICE_IN.parse(body)
        wish = PriceWish(said["asset"], said["price"], said.get("priced_at") or at, said["reason"])

        def work() -> Done:
            outcome = enter_valuation_price(wish=wish, actor=actor_of_principal(request), at=at)
            if outcome.result is not None:
                price_id = UUID(outcome.result["valuation_price_id"])
                return Done(201, {"valuation_price_id": str(price_id)}, OBJECT_TYPE, price_id)
            assert outcome.approval_id is not None
            return Done(202, approval_value(outcome.approval_id), "accounts.approval", outcome.approval_id)

        answer = answer_once(
            request, principal_id=principal.credential_id, route="POST /v1/firm/valuation-prices", body=body, work=work
        )
        if answer.status_code == HTTPStatus.ACCEPTED:
            answer["Location"] = f"/v1/approvals/{json.loads(answer.content)['id']}"
        return answer
