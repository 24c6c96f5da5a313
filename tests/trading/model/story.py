"""The short language of docs/matching.md: commands and events as a reader would say them, and the tables of a page.

Orders are named by a letter or two; every order is its own party unless `of X` says whose it is.

    A buys 3 @ 101          a limit order; further words: IOC, FOK, until 30 (seconds), post only, showing 2
                            (an iceberg), of X, by P, and the mode
    A buys 3 to 103         a market order with its protection price; A buys for 500 to 103: by quote amount
    A buys 3 from 105 to 107, A buys 3 from 105 @ 106       stops: market, limit
    amend A amount 5 price 102 stop 99 display 2 expires 60
    cancel A; mass cancel side BUY profile P        either may end in: as OPERATOR_REQUEST
    phase AUCTION; phase OPEN from AUCTION; reference 100; parameters tick 2 entry 5 % execution 2 %
    kill PROFILE P; release PROFILE P; bust A B 3 @ 101; correct A B 3 @ 101 to 2 @ 100; wake
    30 s: wake              the instant; without it, that of the command before
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

MODES = ("CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT_AND_CANCEL")
SECOND = 1_000_000
PLACE = re.compile(r"(\w+) (buys|sells) (?:for )?(\d+)\b ?(.*)")
WORDS = {
    "@": "price",
    "to": "protection",
    "from": "stop",
    "showing": "display",
    "until": "expires",
    "of": "group",
    "by": "profile",
}
NUMBERS = ("price", "protection", "stop", "display", "expires")


class Story:
    """Turns lines into commands; remembers the hour."""

    def __init__(self) -> None:
        self.at = 0

    def commands(self, text: str) -> list[tuple]:
        return [self.command(part.strip()) for part in text.split(";") if part.strip()]

    def command(self, text: str) -> tuple:
        hour = re.match(r"(\d+) s: ", text)
        if hour:
            self.at = int(hour[1]) * SECOND
            text = text[hour.end() :]
        placed = PLACE.fullmatch(text)
        if placed:
            return ("PLACE", self.at, self.order(text, *placed.groups()))
        word, *rest = text.split()
        if word == "mass":
            wanted = pairs(rest[1:])
            reason = wanted.pop("as", "MASS_CANCEL")
            return ("MASS_CANCEL", self.at, wanted, reason)
        return (*getattr(self, f"say_{word}")(*rest),)

    def order(self, text: str, name: str, way: str, amount: str, rest: str) -> dict[str, Any]:
        terms: dict[str, Any] = {"id": name, "side": "BUY" if way == "buys" else "SELL", "group": name, "profile": name}
        terms |= {"entity": None, "credential": None, "stp": "CANCEL_NEWEST", "tif": "GTC"}
        terms["quote" if f"{way} for " in text else "amount"] = int(amount)
        words = rest.replace("post only", "POST_ONLY_LIMIT").split()
        while words:
            word = words.pop(0)
            if word in WORDS:
                value = words.pop(0)
                terms[WORDS[word]] = int(value) if WORDS[word] in NUMBERS else value
            else:
                terms["stp" if word in MODES else "type" if word == "POST_ONLY_LIMIT" else "tif"] = word
        if "expires" in terms:
            terms |= {"expires": terms["expires"] * SECOND, "tif": "GTT"}
        terms.setdefault("type", type_of(terms))
        if terms["type"] == "MARKET" and terms["tif"] == "GTC":
            terms["tif"] = "IOC"
        return terms

    def say_amend(self, name: str, *rest: str) -> tuple:
        changes = {word: int(value) for word, value in pairs(rest).items()}
        if "expires" in changes:
            changes["expires"] *= SECOND
        return "AMEND", self.at, name, changes

    def say_cancel(self, name: str, _as: str = "as", reason: str = "CLIENT_REQUEST") -> tuple:
        return "CANCEL", self.at, name, reason

    def say_wake(self) -> tuple:
        return "WAKE", self.at

    def say_phase(self, phase: str, _from: str = "from", was: str | None = None) -> tuple:
        return "CHANGE_PHASE", self.at, phase, "SCHEDULED", was

    def say_reference(self, price: str) -> tuple:
        return "SET_REFERENCE", self.at, int(price)

    def say_parameters(self, *words: str) -> tuple:
        given = pairs([word for word in words if word != "%"])
        bands = {
            f"{name}_band": int(given[name]) * 10_000 if name in given else None for name in ("entry", "execution")
        }
        return "SET_PARAMETERS", self.at, {"tick": int(given.get("tick", 1)), "lot": int(given.get("lot", 1)), **bands}

    def say_kill(self, scope: str, scope_id: str | None = None) -> tuple:
        return "ENGAGE_KILL", self.at, scope, scope_id

    def say_release(self, scope: str, scope_id: str | None = None) -> tuple:
        return "RELEASE_KILL", self.at, scope, scope_id

    def say_bust(self, buy: str, sell: str, amount: str, _at: str, price: str) -> tuple:
        return "BUST", self.at, {"id": 0, "buy": buy, "sell": sell, "price": int(price), "amount": int(amount)}

    def say_correct(self, *words: str) -> tuple:
        _, at, trade = self.say_bust(*words[:5])
        return "CORRECT", at, trade, int(words[8]), int(words[6])


def type_of(terms: Mapping[str, Any]) -> str:
    if "stop" in terms:
        return "STOP_LIMIT" if "price" in terms else "STOP_MARKET"
    if "display" in terms:
        return "ICEBERG"
    return "LIMIT" if "price" in terms else "MARKET"


def pairs(words: Sequence[str]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


def say_events(lines: Sequence[tuple]) -> str:
    """Events as the page writes them; a trade is said once."""
    return "; ".join(said for line in lines if (said := say_event(line[2], line[3:])))


def say_event(kind: str, rest: tuple) -> str:
    if kind in ("TRADED", "BUSTED", "CORRECTED"):
        return say_trade(kind, rest)
    if kind == "AMENDED":
        return f"AMENDED {rest[0]} {'kept' if rest[3] else 'lost'}"
    if kind == "UNCROSSED":
        return f"UNCROSSED {rest[0]} {rest[1]} {rest[2]:+d}"
    if kind in ("PHASE_CHANGED", "PHASE_REFUSED"):
        rest = rest[1:2] if kind == "PHASE_CHANGED" else rest[1:]
    if kind == "PARAMETERS_CHANGED":
        rest = ()
    return " ".join([kind, *(str(part) for part in rest if part is not None)])


def say_trade(kind: str, rest: tuple) -> str:
    """Maker, taker (auction: buyer, seller), amount and price, said at the first of its two events; else each side."""
    if kind != "TRADED":
        return f"{kind} {rest[1]} {rest[3]} @ {rest[2]}"
    return f"TRADED {rest[1]} {rest[2]} {rest[4]} @ {rest[3]}" if rest[0] in ("MAKER", "BUY") else ""


def say_orders(orders: Sequence[tuple]) -> str:
    """What is open, by priority: a lot count, shown of all where something is hidden; stops that wait in brackets."""
    said = []
    for order in orders:
        if len(order) == 2:
            said.append(f"({order[0]} {order[1]})")
        else:
            said.append(f"{order[0]} {order[1]}" if order[1] == order[2] else f"{order[0]} {order[2]} of {order[1]}")
    return ", ".join(said) or "empty"


def read_tables(page: Path) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """(heading above it, head, rows) of every table of a page."""
    heading, table = "", []
    for line in [*page.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            table.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif table:
            yield heading, table[0], table[2:]
            table = []
        if line.startswith("#"):
            heading = line.lstrip("# ")
