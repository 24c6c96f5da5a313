"""What a person does with a market: halt it or let it only cancel, at once; ask to resume it, and for a reference price."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.operations.carry_out import Outcome
from core import clock
from core.domain.decimals import NumberInvalid, parse_decimal
from core.domain.refusals import NotFound, Refusal
from core.pages.access import actor_of, has_permission, staff_page
from trading.domain.phase import AUCTION, CANCEL_ONLY, HALTED
from trading.models import Market
from trading.operations.change_phase import PhaseWish, change_phase
from trading.operations.set_reference import set_reference
from trading.pages.markets import answer_market
from trading.queries.markets import get_market_row

REASON_MOST = 200


@require_POST
@staff_page(permission="desk.read")
def move_market(request: HttpRequest, symbol: str) -> HttpResponse:
    """Bring the market into the phase: one person halts it (market.halt) or lets it only cancel (market.cancel_only); what
    lets it trade again is a request (market.start).
    """
    market, phase = get_market_row(symbol=symbol), request.POST.get("phase", "")
    _refuse_without(request, permission_of(market.phase, phase))
    reason = _reason(request)
    try:
        _refuse_silence(reason)
        wish = PhaseWish(
            phase,
            reason,
            reason_code=request.POST.get("reason_code", "OTHER"),
            auction_seconds=_seconds(request.POST.get("auction_seconds", "")) if phase == AUCTION else None,
        )
        outcome = change_phase(market_id=market.pk, wish=wish, actor=actor_of(request), at=clock.now())
    except Refusal as refusal:
        return answer_market(request, symbol, refusal=refusal, typed={"phase": phase, "reason": reason})
    return _done(request, market, outcome, f"{symbol} is told to go to {phase}.")


@require_POST
@staff_page(permission="market.start")
def ask_reference(request: HttpRequest, symbol: str) -> HttpResponse:
    """Ask for a reference price."""
    market, text, reason = get_market_row(symbol=symbol), request.POST.get("price", "").strip()[:40], _reason(request)
    try:
        _refuse_silence(reason)
        price = parse_decimal(text)
        outcome = set_reference(
            market_id=market.pk, price=price, reason=reason, actor=actor_of(request), at=clock.now()
        )
    except (Refusal, NumberInvalid) as error:
        refusal = (
            error
            if isinstance(error, Refusal)
            else Refusal("NUMBER_INVALID", "A plain number: digits and at most one point.")
        )
        return answer_market(request, symbol, refusal=refusal, typed={"price": text, "reason": reason})
    return _done(request, market, outcome, f"{symbol} gets its reference price.")


def _seconds(text: str) -> int | None:
    """How long an auction lasts, if that is said. Refuses what is no number."""
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise Refusal("NUMBER_INVALID", "A whole number of seconds.")
    return int(text)


def permission_of(now_in: str, phase: str) -> str:
    """Which permission takes a market from one phase to another."""
    if phase == HALTED:
        return "market.halt"
    return "market.cancel_only" if phase == CANCEL_ONLY and now_in != HALTED else "market.start"


def _refuse_without(request: HttpRequest, permission: str) -> None:
    if not has_permission(request, permission):
        raise NotFound("page")


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:REASON_MOST]


def _refuse_silence(reason: str) -> None:
    if not reason:
        raise Refusal("REASON_MISSING", "Say why: the record keeps it.")


def _done(request: HttpRequest, market: Market, outcome: Outcome, words: str) -> HttpResponse:
    if outcome.is_pending:
        messages.success(request, "Asked for: somebody else has to approve it.", "ok")
    else:
        messages.success(request, words, "ok")
    return HttpResponseRedirect(reverse("ops:market", args=[market.symbol]))
