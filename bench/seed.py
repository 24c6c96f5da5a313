"""A market with clients and accepted instructions waiting, written by COPY: what benches begin with, not what they measure."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from accounts.models import Organisation
from accounts.operations.create_organisation import create_organisation
from core.clock import now
from core.copying import copy_line, copy_rows
from core.ids import new_id
from settlement.models import Asset, Entry
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.post_entry import Move, post_entry
from tests.keys import Key, a_key
from trading.contracts import OrderTerms, PlacingContext
from trading.domain.door import admit_order
from trading.models import Market
from trading.operations.match_market import match_market
from trading.operations.open_market import MarketTerms, open_fee_schedule, open_market
from trading.queries.placing import get_placing_context

MONEY = {"USD": Decimal(10**12), "BTC": Decimal(10**7)}
MID_TICKS = 120_000  # 60,000.00
TICK = Decimal("0.50")
LOT = Decimal("0.0001")
CANCEL_SHARE = 0.2

ORDER_COLUMNS = (
    "id", "profile_id", "market_id", "client_order_id", "credential_id", "request_sha256", "side", "type", "time_in_force",
    "base_amount", "limit_price", "self_trade_prevention", "self_trade_group", "fee_tier_id", "maker_rate", "taker_rate",
    "fee_scale", "status", "done_reason", "filled_base", "filled_quote", "fee_exact", "fee_charged", "remaining_base",
    "prevented_base", "lapsed_base", "hold_asset_id", "hold_amount", "held", "channel", "capacity", "received_at", "metadata",
    "version", "created_at", "updated_at",
)  # fmt: skip
INSTRUCTION_COLUMNS = (
    "market_id", "kind", "order_id", "payload", "instructed_at", "actor_id", "initiator", "status", "refusal", "attempts",
)  # fmt: skip
IDENTITY_COLUMNS = (
    "id", "entity_id", "reference", "kind", "status", "reason_code", "decided_at", "risk_rating", "country", "subject_id",
    "last_refresh_date", "refresh_due_date", "refresh_status", "version",
)  # fmt: skip
MEMBER_COLUMNS = ("id", "profile_id", "identity_id", "entity_id", "role", "since")
ROWS_AT_ONCE = 10_000


@dataclass(slots=True)
class Desk:
    """A market and the clients who may trade in it; the first has a credential."""

    market_id: UUID
    credential: Key
    profiles: list[UUID]
    entities: list[UUID]
    contexts: dict[UUID, PlacingContext] = field(default_factory=dict)

    def context_of(self, index: int) -> PlacingContext:
        profile = self.profiles[index]
        if profile not in self.contexts:
            self.contexts[profile] = get_placing_context(
                profile_id=profile, entity_id=self.entities[index], symbol="BTC-USD", client_order_id=""
            )
        return self.contexts[profile]


def make_desk(profiles: int, *, entities: int | None = None) -> Desk:
    """BTC-USD as in the worked day, and ``profiles`` rich clients, one profile an entity unless ``entities`` says fewer."""
    at = now()
    organisation_id = create_organisation(name="Bench", kind=Organisation.Kind.CLIENT, at=at)
    usd = Asset.objects.create(code="USD", name="US dollar", kind="FIAT", scale=6, payment_scale=2)
    btc = Asset.objects.create(code="BTC", name="Bitcoin", kind="CRYPTO", scale=8, payment_scale=8)
    entity_ids = _entities(organisation_id, entities or profiles)
    owners = [entity_ids[number % len(entity_ids)] for number in range(profiles)]
    profile_ids = _profiles(owners)
    _holders(entity_ids, dict(zip(profile_ids, owners, strict=True)), at)
    for asset in (usd, btc):
        _money(asset, profile_ids, at)
    schedule = open_fee_schedule(
        name="Bench", fee_scale=2, maker_rate=Decimal("0.001"), taker_rate=Decimal("0.002"), at=at
    )
    terms = MarketTerms(
        base="BTC", quote="USD", tick_size=TICK, lot_size=LOT, price_scale=2, amount_scale=4, min_amount=LOT,
        max_amount=Decimal(1_000), min_notional=Decimal(1), max_notional=Decimal(10_000_000),
    )  # fmt: skip
    market_id = open_market(terms=terms, fee_schedule_id=schedule, at=at, first_price=MID_TICKS * TICK)
    match_market(market_id=market_id, at=now())
    # One key sends what a whole house of clients would: its paces are beyond the bench's reach, and asked as everybody's.
    paces = {"orders": "100000/100000", "cancels": "100000/100000"}
    credential = a_key(
        owners[0], ["orders:read", "orders:write", "profiles:read"], label="Bench", rate_limits=paces, at=at
    )
    return Desk(market_id, credential, profile_ids, owners)


def _entities(organisation_id: UUID, count: int) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    columns = ("id", "organisation_id", "legal_name", "kind", "reference", "country", "status", "version")
    rows = [
        (each, organisation_id, f"Client {n}", "INSTITUTION", f"c{n}", "US", "ACTIVE", 1) for n, each in enumerate(ids)
    ]
    with transaction.atomic():
        copy_rows("accounts_entity", columns, [copy_line(row) for row in rows])
    return ids


def _profiles(owners: list[UUID]) -> list[UUID]:
    ids = [new_id() for _ in owners]
    first: set[UUID] = set()
    rows = []
    for number, (each, owner) in enumerate(zip(ids, owners, strict=True)):
        kind = "NORMAL" if owner in first else "DEFAULT"
        first.add(owner)
        # Its own group: in a bench profiles of one entity may trade with one another.
        rows.append((each, owner, f"Profile {number}", f"p{number}", kind, each, "OPEN", 1))
    columns = ("id", "entity_id", "name", "reference", "kind", "self_trade_group", "status", "version")
    with transaction.atomic():
        copy_rows("accounts_profile", columns, [copy_line(row) for row in rows])
    return ids


def _holders(entities: list[UUID], owners: dict[UUID, UUID], at: datetime) -> None:
    """An APPROVED identity an entity, the HOLDER of all its profiles: whatever a bench does is allowed, and asked."""
    ids = {entity: new_id() for entity in entities}
    today = at.date()
    identities = [
        (each, entity, "holder", "INSTITUTION", "APPROVED", "REVIEWED", at.isoformat(), "MEDIUM", "US", new_id(), today,
         today + timedelta(days=730), "NOT_DUE", 1)
        for entity, each in ids.items()
    ]  # fmt: skip
    members = [(new_id(), profile, ids[owner], owner, "HOLDER", today) for profile, owner in owners.items()]
    with transaction.atomic():
        copy_rows("accounts_identity", IDENTITY_COLUMNS, [copy_line(row) for row in identities])
        copy_rows("accounts_profilemember", MEMBER_COLUMNS, [copy_line(row) for row in members])


def _money(asset: Asset, profiles: list[UUID], at: datetime) -> None:
    omnibus = open_firm_account(
        kind="OMNIBUS", asset_id=asset.pk, asset_code=asset.code, label="MAIN", name=f"Omnibus {asset.code}", at=at
    )
    ids = [new_id() for _ in profiles]
    columns = ("id", "code", "name", "kind", "asset_id", "profile_id", "label", "balance", "held", "status")
    rows = [
        (each, f"CLIENT:{profile}:{asset.code}", "Bench", "CLIENT", asset.pk, profile, "", 0, 0, "OPEN")
        for each, profile in zip(ids, profiles, strict=True)
    ]
    with transaction.atomic():
        copy_rows("settlement_ledgeraccount", columns, [copy_line(row) for row in rows])
        post_entry(
            kind=Entry.Kind.DEPOSIT,
            source_type="bench",
            source_id=new_id(),
            event_at=now(),
            moves=[Move(omnibus, each, asset.pk, MONEY[asset.code]) for each in ids],
            actor_id=None,
        )


def wait_in_line(desk: Desk, count: int, *, seed: int) -> int:
    """Have ``count`` instructions wait in the desk's market: 80 % orders, 20 % cancels; answers the number of orders."""
    rng = random.Random(seed)
    start = now()
    orders: list[UUID] = []
    mid = MID_TICKS
    holds: dict[UUID, Decimal] = {}
    market = Market.objects.get(pk=desk.market_id)
    quote, base = market.quote_id, market.base_id
    for first in range(0, count, ROWS_AT_ONCE):
        order_lines, instruction_lines = [], []
        for number in range(first, min(first + ROWS_AT_ONCE, count)):
            at = (start + timedelta(microseconds=number)).isoformat()
            if orders and rng.random() < CANCEL_SHARE:
                order_id = orders[max(0, len(orders) - 1 - int(rng.expovariate(1 / 200)))]
                line = (desk.market_id, "CANCEL", order_id, '{"reason": "CLIENT_REQUEST"}', at)
            else:
                mid += rng.choice((-1, 0, 0, 1))
                order_id = new_id()
                orders.append(order_id)
                order_lines.append(_order_line(desk, rng, mid, order_id, at, holds, (base, quote)))
                line = (desk.market_id, "PLACE", order_id, "{}", at)
            instruction_lines.append(copy_line((*line, desk.credential.credential_id, "CLIENT", "PENDING", "", 0)))
        with transaction.atomic():
            copy_rows("trading_order", ORDER_COLUMNS, order_lines)
            copy_rows("trading_instruction", INSTRUCTION_COLUMNS, instruction_lines)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE settlement_ledgeraccount a SET held = a.held + d.held"
            " FROM unnest(%s::uuid[], %s::numeric[]) AS d (id, held) WHERE a.id = d.id",
            [list(holds), list(holds.values())],
        )
    return len(orders)


def _order_line(
    desk: Desk,
    rng: random.Random,
    mid: int,
    order_id: UUID,
    at: str,
    holds: dict[UUID, Decimal],
    assets: tuple[UUID, UUID],
) -> str:
    index = rng.randrange(len(desk.profiles))
    context = desk.context_of(index)
    is_buy = rng.random() < 0.5
    way = 1 if is_buy else -1
    ticks = mid + way * rng.randrange(3) if rng.random() < 0.5 else mid - way * (1 + int(rng.expovariate(0.2)))
    terms = OrderTerms(
        profile_id=desk.profiles[index], market="BTC-USD", client_order_id=order_id.hex, side="BUY" if is_buy else "SELL",
        type="LIMIT", time_in_force="GTC", base_amount=LOT * rng.randrange(100, 20_000), quote_amount=None,
        limit_price=ticks * TICK, self_trade_prevention="CANCEL_NEWEST", metadata={},
    )  # fmt: skip
    admission = admit_order(terms, context, at)
    account = context.base_account_id if admission.is_base_hold else context.quote_account_id
    holds[account] = holds.get(account, Decimal(0)) + admission.hold_amount
    return copy_line(
        (
            order_id, terms.profile_id, desk.market_id, terms.client_order_id, desk.credential.credential_id, "0" * 64,
            terms.side, "LIMIT", "GTC", terms.base_amount, terms.limit_price, "CANCEL_NEWEST", context.self_trade_group,
            context.fee_tier_id, context.maker_rate, context.taker_rate, context.fee_scale, "PENDING", "", 0, 0, 0, 0,
            terms.base_amount, 0, 0, assets[0] if admission.is_base_hold else assets[1], admission.hold_amount,
            admission.hold_amount, "API", "AOTC", at, "{}", 1, at, at,
        )
    )  # fmt: skip
