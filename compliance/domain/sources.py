"""Which columns a report may read, of tables whose rows change: those that keep what they were inserted with.

Append-only tables are not listed here: all of their columns may be read. Current status, balance and name
are no sources.
"""

UNCHANGING: dict[str, frozenset[str]] = {
    "accounts_profile": frozenset({"id", "entity_id", "created_at"}),
    # `member_is_kept`, a trigger, lets nothing of a row change but that it ends.
    "accounts_profilemember": frozenset({"id", "profile_id", "identity_id", "role", "created_at"}),
    # Whose a deposit is, is found once (`deposit_has_one_owner`): a report reads that together with the act that found it.
    "settlement_deposit": frozenset({"id", "profile_id", "omnibus_id", "amount", "outside_reference"}),
    "settlement_internaltransfer": frozenset({"id", "client_reference", "from_profile_id", "reverses_id"}),
    "settlement_manualjournal": frozenset({"id", "category"}),
    "settlement_asset": frozenset({"id", "code", "kind", "scale", "payment_scale"}),
    "settlement_ledgeraccount": frozenset({"id", "code", "kind", "asset_id", "profile_id", "label"}),
    "settlement_rail": frozenset({"id", "asset_id"}),
    "settlement_withdrawal": frozenset(
        {"id", "profile_id", "rail_id", "client_reference", "net_amount", "fee_amount", "gross_amount", "requested_at"}
    ),
    "trading_market": frozenset({"id", "symbol", "base_id", "quote_id", "price_scale", "amount_scale"}),
    # `quote_is_decided_once`, a trigger, keeps what a quote says.
    "trading_quote": frozenset({"id", "market_id", "side", "price"}),
    "trading_order": frozenset(
        {
            *("id", "profile_id", "market_id", "client_order_id", "credential_id", "side", "type", "time_in_force"),
            *(
                "base_amount",
                "limit_price",
                "protection_price",
                "display_amount",
                "expires_at",
                "self_trade_prevention",
                "self_trade_group",
            ),
            *("fee_tier_id", "maker_rate", "taker_rate", "fee_scale", "hold_asset_id", "hold_amount", "channel"),
            *("capacity", "received_at", "metadata", "created_at"),
        }
    ),
}
