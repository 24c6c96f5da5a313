"""Who and what the demo world is made of. Every name is invented."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from trading.operations.open_market import MarketTerms

ORGANISATION: Final = "Direct clients"
OMNIBUS_LABEL: Final = "MAIN"
SCOPES: Final = (
    "orders:read", "orders:write", "profiles:read", "quotes:read", "quotes:write", "reports:read", "reports:write",
)  # fmt: skip
COMPLIANCE: Final = "compliance@countinghouse.example"
OPERATIONS: Final = "ops@countinghouse.example"
DESK: Final = "desk@countinghouse.example"
ADMINISTRATOR: Final = "admin@countinghouse.example"
MAKER, TAKER, VISITOR = "MAKER", "TAKER", "VISITOR"


@dataclass(frozen=True, slots=True)
class StaffCast:
    """A member of staff with the one role they have."""

    email: str
    name: str
    role: str


STAFF: Final = (
    StaffCast(OPERATIONS, "Olive Operator", "OPERATIONS"),
    StaffCast("treasury@countinghouse.example", "Tom Treasurer", "TREASURER"),
    StaffCast(DESK, "Dora Desk", "DESK"),
    StaffCast("supervisor@countinghouse.example", "Sven Supervisor", "SUPERVISOR"),
    StaffCast(COMPLIANCE, "Conrad Compliance", "COMPLIANCE"),
    StaffCast("audit@countinghouse.example", "Ada Auditor", "AUDITOR"),
    StaffCast(ADMINISTRATOR, "Anna Administrator", "ADMINISTRATOR"),
    StaffCast("admin2@countinghouse.example", "Arno Administrator", "ADMINISTRATOR"),
)


@dataclass(frozen=True, slots=True)
class AssetCast:
    """An asset with its scales and where the firm keeps it."""

    code: str
    name: str
    kind: str
    scale: int
    payment_scale: int
    custodian: str
    calendar: str = "ALWAYS"


@dataclass(frozen=True, slots=True)
class MarketCast:
    """A market's terms and the price that its first day begins with."""

    terms: MarketTerms
    first_price: Decimal

    @property
    def symbol(self) -> str:
        return f"{self.terms.base}-{self.terms.quote}"


@dataclass(frozen=True, slots=True)
class ClientCast:
    """A client: its part in the play and what it brings. A natural person has a number for a name: who it is stands in the
    vault, from ``details``.
    """

    reference: str
    legal_name: str
    role: str
    country: str
    deposits: dict[str, Decimal] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def kind(self) -> str:
        return "INSTITUTION" if self.legal_name else "PERSON"

    @property
    def shown_name(self) -> str:
        return self.legal_name or self.reference


ASSETS: Final = (
    AssetCast("USD", "US dollar", "FIAT", 6, 2, "First Harbour Bank", "US_FED"),
    AssetCast("BTC", "Bitcoin", "CRYPTO", 8, 8, "Strongroom Custody"),
    AssetCast("ETH", "Ether", "CRYPTO", 18, 18, "Strongroom Custody"),
    AssetCast("SOL", "Solana", "CRYPTO", 9, 9, "Strongroom Custody"),
    AssetCast("USDC", "USD Coin", "TOKEN", 6, 6, "Strongroom Custody"),
)


def _market(
    symbol: str, first_price: str, steps: tuple[str, str], scales: tuple[int, int], max_amount: str
) -> MarketCast:
    base, quote = symbol.split("-")
    terms = MarketTerms(
        base=base,
        quote=quote,
        tick_size=Decimal(steps[0]),
        lot_size=Decimal(steps[1]),
        price_scale=scales[0],
        amount_scale=scales[1],
        min_amount=Decimal(steps[1]),
        max_amount=Decimal(max_amount),
        min_notional=Decimal(1),
        max_notional=Decimal(10_000_000),
    )
    return MarketCast(terms, Decimal(first_price))


MARKETS: Final = (
    _market("BTC-USD", "60000.00", ("0.50", "0.0001"), (2, 4), "1000"),
    _market("ETH-USD", "3000.00", ("0.05", "0.001"), (2, 3), "20000"),
    _market("SOL-USD", "150.00", ("0.01", "0.01"), (2, 2), "500000"),
    _market("USDC-USD", "0.9999", ("0.0001", "1"), (4, 0), "10000000"),
)

_MAKER_MONEY = {"USD": "60000000.00", "BTC": "500", "ETH": "9000", "SOL": "150000", "USDC": "25000000"}
_TAKER_MONEY = {"USD": "2500000.00", "BTC": "20", "ETH": "400", "SOL": "7500", "USDC": "900000"}
_VISITOR_MONEY = {"USD": "250000.00", "BTC": "2", "ETH": "40", "SOL": "500", "USDC": "50000"}


def _client(reference: str, name: str, role: str, country: str, **details: str) -> ClientCast:
    money = {MAKER: _MAKER_MONEY, TAKER: _TAKER_MONEY, VISITOR: _VISITOR_MONEY}[role]
    return ClientCast(reference, name, role, country, {code: Decimal(text) for code, text in money.items()}, details)


def _person(reference: str, country: str, **details: str) -> ClientCast:
    return _client(reference, "", TAKER, country, **details)


CLIENTS: Final = (
    # The visitor's credential is printed at the start; the flow leaves this client alone.
    _client("meadow-lane", "Meadow Lane Family Office", VISITOR, "US"),
    _client("tidewater", "Tidewater Liquidity LLC", MAKER, "US"),
    _client("quillon", "Quillon Markets AG", MAKER, "CH"),
    _client("harrow-finch", "Harrow & Finch Capital", TAKER, "GB"),
    _client("ostrander", "Ostrander Family Office", TAKER, "US"),
    _client("blue-heron", "Blue Heron Treasury", TAKER, "CA"),
    _client("kestrel-ridge", "Kestrel Ridge Fund LP", TAKER, "US"),
    _person(
        "PC-2041",
        "SE",
        full_name="Maren Lindqvist",
        date_of_birth="1979-03-14",
        address="Kvarngatan 8\n118 47 Stockholm",
        national_id="19790314-0000",
        email="maren.lindqvist@mail.example",
        phone="+46 70 000 20 41",
    ),
    _client("sable-point", "Sable Point Advisors", TAKER, "US"),
    _client("northgate", "Northgate Payments Oy", TAKER, "FI"),
    _client("alderney", "Alderney Digital Trust", TAKER, "GG"),
    _client("copperfield", "Copperfield Arbitrage", TAKER, "IE"),
    _client("juniper-street", "Juniper Street Capital", TAKER, "US"),
    _person(
        "PC-2042",
        "JP",
        full_name="Takumi Watanabe",
        date_of_birth="1988-11-02",
        address="4-1-9 Sakurazaka, Minato-ku\nTokyo",
        national_id="0000 1188 1102",
        email="takumi.watanabe@mail.example",
        phone="+81 90 0000 2042",
    ),
    _client("vela", "Vela Systematic", TAKER, "NL"),
    _client("brightwater", "Brightwater Pension Scheme", TAKER, "GB"),
    _person(
        "PC-2043",
        "ES",
        full_name="Isidro Carmona",
        date_of_birth="1966-07-30",
        address="Calle del Olmo 21\n28012 Madrid",
        national_id="00000043-Z",
        email="isidro.carmona@mail.example",
        phone="+34 600 002 043",
    ),
    _client("lantern-hill", "Lantern Hill Partners", TAKER, "US"),
    _client("greyfriars", "Greyfriars Treasury Services", TAKER, "GB"),
    _client("moorland", "Moorland Endowment", TAKER, "US"),
    _client("cassia", "Cassia Trade Finance", TAKER, "SG"),
    _client("ferrand", "Ferrand et Compagnie", TAKER, "FR"),
)
