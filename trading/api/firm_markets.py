"""PUT /v1/firm/markets/{symbol}/phase and /reference-price: what the firm's own programs may do with a market."""

from decimal import Decimal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, pending_answer
from accounts.api.authentication import actor_of_principal, principal_of
from accounts.operations.carry_out import Outcome
from core import clock
from core.api.fields import AmountField, CountField, RefField, TextField, WordField
from core.api.shapes import ShapeIn, ShapeOut
from core.api.view import ApiView, json_answer, read_json
from core.domain.refusals import Refusal
from trading.domain.phase import REASON_CODES
from trading.models import Market
from trading.operations.change_market import MarketRules, change_market
from trading.operations.change_phase import PhaseWish, change_phase
from trading.operations.set_reference import set_reference
from trading.queries.markets import get_market_row

SCOPE = "firm:desk"


class PhaseIn(ShapeIn):
    phase = WordField(Market.Phase.values)
    reason = TextField(most=200)
    reason_code = WordField(REASON_CODES, required=False)
    auction_seconds = CountField(least=10, most=28_800, required=False)
    next_phase = WordField(("OPEN", "CLOSED"), required=False)


class ReferencePriceIn(ShapeIn):
    price = AmountField()
    reason = TextField(most=200)


class MarketToldOut(ShapeOut):
    market = RefField()
    instruction_id = serializers.IntegerField()


class MarketRulesIn(ShapeIn):
    entry_band = AmountField()
    execution_band = AmountField()
    tick_size = AmountField()
    lot_size = AmountField()
    reason = TextField(most=200)


PHASE_IN, REFERENCE_PRICE_IN, RULES_IN = PhaseIn(), ReferencePriceIn(), MarketRulesIn()


class FirmMarketPhaseView(ApiView):
    scopes = {"PUT": SCOPE}

    @extend_schema(
        operation_id="put_market_phase",
        tags=["Firm"],
        summary="Bring a market into a phase",
        description="HALTED and CANCEL_ONLY are instructed at once (200). OPEN waits for other people's approval (202): the"
        " answer is the request, which people of the back office decide.",
        request=PhaseIn,
        responses={200: MarketToldOut, 202: ApprovalOut},
    )
    def put(self, request: Request, symbol: str) -> HttpResponse:
        _refuse_clients(request)
        market, said = get_market_row(symbol=symbol), PHASE_IN.parse(read_json(request))
        outcome = change_phase(
            market_id=market.pk,
            wish=PhaseWish(
                phase=said["phase"],
                reason=said["reason"],
                reason_code=said.get("reason_code") or "OTHER",
                auction_seconds=said.get("auction_seconds"),
                next_phase=said.get("next_phase") or "OPEN",
            ),
            actor=actor_of_principal(request),
            at=clock.now(),
        )
        return _answer(market, outcome)


class FirmReferencePriceView(ApiView):
    scopes = {"PUT": SCOPE}

    @extend_schema(
        operation_id="put_market_reference_price",
        tags=["Firm"],
        summary="Ask for a market's reference price",
        description="Waits for other people's approval (202).",
        request=ReferencePriceIn,
        responses={200: MarketToldOut, 202: ApprovalOut},
    )
    def put(self, request: Request, symbol: str) -> HttpResponse:
        _refuse_clients(request)
        market, said = get_market_row(symbol=symbol), REFERENCE_PRICE_IN.parse(read_json(request))
        price: Decimal = said["price"]
        outcome = set_reference(
            market_id=market.pk,
            price=price,
            reason=said["reason"],
            actor=actor_of_principal(request),
            at=clock.now(),
        )
        return _answer(market, outcome)


class FirmMarketParametersView(ApiView):
    scopes = {"PUT": SCOPE}

    @extend_schema(
        operation_id="put_market_parameters",
        tags=["Firm"],
        summary="Ask for a market's bands and steps to be changed",
        description="All of them, as they are to be; bands are fractions. Waits for other people's approval (202).",
        request=MarketRulesIn,
        responses={200: MarketToldOut, 202: ApprovalOut},
    )
    def put(self, request: Request, symbol: str) -> HttpResponse:
        _refuse_clients(request)
        market, said = get_market_row(symbol=symbol), RULES_IN.parse(read_json(request))
        reason = said.pop("reason")
        outcome = change_market(
            market_id=market.pk,
            rules=MarketRules(**said),
            reason=reason,
            actor=actor_of_principal(request),
            at=clock.now(),
        )
        return _answer(market, outcome)


def _refuse_clients(request: Request) -> None:
    """A scope of the firm is the firm's alone, whatever a client's credential says."""
    if principal_of(request).organisation_kind != "FIRM":
        raise Refusal("SCOPE_MISSING", "This is for the firm's own programs.", meta={"scope": SCOPE}, status=403)


def _answer(market: Market, outcome: Outcome) -> HttpResponse:
    if outcome.result is None:
        return pending_answer(outcome)
    return json_answer({"market": market.symbol, "instruction_id": int(outcome.result["instruction_id"])})
