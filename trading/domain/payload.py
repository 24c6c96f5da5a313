"""What an instruction carries in the command log, kind by kind, and how the engine is told it. The one place that knows.

A payload is JSON. Prices, amounts and bands are decimals as plain text, instants as every record writes them, ids as text; a
term that is left out, or null, is not meant. The order of PLACE, AMEND and CANCEL is the instruction's own column.

    PLACE           {}                                          the order's row has all
    AMEND           {"base_amount", "limit_price", "protection_price", "stop_price", "display_amount", "expires_at"}
                                                                the new terms; base_amount is the new total. Of a STOP_MARKET
                                                                protection_price is its price
    CANCEL          {"reason"}
    MASS_CANCEL     {"reason", "profile_id", "side", "credential_id"}
                                                                orders that match all that is given; without anything, all
    WAKE            {}
    CHANGE_PHASE    {"phase", "reason", "was"}                  was: the phase it is meant for; left out, any
    SET_REFERENCE   {"ticks", "price"}                          the engine is told the ticks
    SET_PARAMETERS  {"entry_band", "execution_band", "tick_size", "lot_size"}
                                                                all of them, as they are to be: a band that is null is none;
                                                                steps are whole multiples of the market's own, left out: those
    ENGAGE_KILL     {"scope", "scope_id"}                       scope_id null for FIRM and MARKET
    RELEASE_KILL    {"scope", "scope_id"}
    BUST            {"trade_id", "buy_order_id", "sell_order_id", "price", "base_amount"}
    CORRECT         the same, and {"corrected_price", "corrected_base_amount"}
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from core.domain.chain import instant_text
from core.domain.decimals import CONTEXT, plain_text, to_units
from trading.domain import instruction as ins
from trading.domain.instruction import Amendment, Instruction, Selection, TradeFacts
from trading.domain.parameters import Parameters
from trading.domain.units import MILLION, MarketUnits

Payload = Mapping[str, Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def instruction_of(kind: str, at: int, order_id: str | None, payload: Payload, units: MarketUnits) -> Instruction:
    """The instruction as the engine takes it. Raises KeyError, ValueError for what no operation writes; never asked of PLACE."""
    return _READERS[kind](at, order_id, payload, units)


def _amend(at: int, order_id: str | None, payload: Payload, units: MarketUnits) -> ins.Amend:
    price = payload.get("limit_price") or payload.get("protection_price")
    expires_at = payload.get("expires_at")
    return (
        ins.AMEND,
        at,
        order_id,
        Amendment(
            _lots(payload.get("base_amount"), units),
            _ticks(price, units),
            _ticks(payload.get("stop_price"), units),
            _lots(payload.get("display_amount"), units),
            None if expires_at is None else microseconds_of(datetime.fromisoformat(expires_at)),
        ),
    )


def _cancel(at: int, order_id: str | None, payload: Payload, _units: MarketUnits) -> ins.Cancel:
    return (ins.CANCEL, at, order_id, payload["reason"])


def _mass_cancel(at: int, _order_id: str | None, payload: Payload, _units: MarketUnits) -> ins.MassCancel:
    side = payload.get("side")
    selection = Selection(
        profile=payload.get("profile_id"),
        is_buy=None if side is None else side == "BUY",
        credential=payload.get("credential_id"),
    )
    return (ins.MASS_CANCEL, at, selection, payload["reason"])


def _wake(at: int, _order_id: str | None, _payload: Payload, _units: MarketUnits) -> ins.Wake:
    return (ins.WAKE, at)


def _change_phase(at: int, _order_id: str | None, payload: Payload, _units: MarketUnits) -> ins.ChangePhase:
    return (ins.CHANGE_PHASE, at, payload["phase"], payload["reason"], payload.get("was"))


def _set_reference(at: int, _order_id: str | None, payload: Payload, _units: MarketUnits) -> ins.SetReference:
    return (ins.SET_REFERENCE, at, int(payload["ticks"]))


def _set_parameters(at: int, _order_id: str | None, payload: Payload, units: MarketUnits) -> ins.SetParameters:
    return (ins.SET_PARAMETERS, at, parameters_of(payload, units))


def _engage_kill(at: int, _order_id: str | None, payload: Payload, _units: MarketUnits) -> ins.EngageKill:
    return (ins.ENGAGE_KILL, at, payload["scope"], payload.get("scope_id"))


def _release_kill(at: int, _order_id: str | None, payload: Payload, _units: MarketUnits) -> ins.ReleaseKill:
    return (ins.RELEASE_KILL, at, payload["scope"], payload.get("scope_id"))


def _bust(at: int, _order_id: str | None, payload: Payload, units: MarketUnits) -> ins.Bust:
    return (ins.BUST, at, _trade(payload, units))


def _correct(at: int, _order_id: str | None, payload: Payload, units: MarketUnits) -> ins.Correct:
    price = units.ticks_of(Decimal(payload["corrected_price"]))
    lots = units.lots_of(Decimal(payload["corrected_base_amount"]))
    return (ins.CORRECT, at, _trade(payload, units), price, lots)


def _trade(payload: Payload, units: MarketUnits) -> TradeFacts:
    return TradeFacts(
        payload["trade_id"],
        payload["buy_order_id"],
        payload["sell_order_id"],
        units.ticks_of(Decimal(payload["price"])),
        units.lots_of(Decimal(payload["base_amount"])),
    )


_READERS: Final[dict[str, Callable[[int, str | None, Payload, MarketUnits], Instruction]]] = {
    ins.AMEND: _amend,
    ins.CANCEL: _cancel,
    ins.MASS_CANCEL: _mass_cancel,
    ins.WAKE: _wake,
    ins.CHANGE_PHASE: _change_phase,
    ins.SET_REFERENCE: _set_reference,
    ins.SET_PARAMETERS: _set_parameters,
    ins.ENGAGE_KILL: _engage_kill,
    ins.RELEASE_KILL: _release_kill,
    ins.BUST: _bust,
    ins.CORRECT: _correct,
}


def parameters_of(plain: Payload, units: MarketUnits) -> Parameters:
    """Parameters as the book counts them. Raises ValueError for a step that is no whole multiple of the market's own."""
    tick, lot = plain.get("tick_size"), plain.get("lot_size")
    return Parameters(
        entry_band=_millionths(plain.get("entry_band")),
        execution_band=_millionths(plain.get("execution_band")),
        tick=1 if tick is None else units.ticks_of(Decimal(tick)),
        lot=1 if lot is None else units.lots_of(Decimal(lot)),
    )


def plain_parameters(parameters: Parameters, units: MarketUnits) -> dict[str, str | None]:
    """Parameters as a payload carries them; ``parameters_of`` reads it back."""
    return {
        "entry_band": _fraction(parameters.entry_band),
        "execution_band": _fraction(parameters.execution_band),
        "tick_size": plain_text(units.price_of(parameters.tick)),
        "lot_size": plain_text(units.amount_of(parameters.lot)),
    }


def microseconds_of(instant: datetime) -> int:
    """An instant as the engine counts: microseconds since 1970 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> str:
    """The engine's instant as every record writes it."""
    return instant_text(_EPOCH + timedelta(microseconds=microseconds))


def _ticks(price: str | None, units: MarketUnits) -> int | None:
    return None if price is None else units.ticks_of(Decimal(price))


def _lots(amount: str | None, units: MarketUnits) -> int | None:
    return None if amount is None else units.lots_of(Decimal(amount))


def _millionths(fraction: str | None) -> int | None:
    return None if fraction is None else to_units(Decimal(fraction), 6)


def _fraction(millionths: int | None) -> str | None:
    return None if millionths is None else plain_text(CONTEXT.divide(Decimal(millionths), Decimal(MILLION)))
