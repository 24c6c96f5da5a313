"""Each fact of the database has its name, and refuses what Python would have refused first."""

from collections.abc import Callable

import pytest
from django.apps import apps

from core.history import Remember
from core.queries.guards import OTHER_CONSTRAINTS
from tests.guards.facts_of_books import BOOKS, IMPLIED_BY_MOVES
from tests.guards.facts_of_days import DAYS
from tests.guards.facts_of_deposits import DEPOSITS
from tests.guards.facts_of_deposits import IMPLIED_BY_MOVES as IMPLIED_BY_MOVES_OF_DEPOSITS
from tests.guards.facts_of_fees import FEES
from tests.guards.facts_of_market_data import MARKET_DATA
from tests.guards.facts_of_markets import MARKETS
from tests.guards.facts_of_quotes import IMPLIED_BY_QUOTES, QUOTES
from tests.guards.facts_of_statements import STATEMENTS
from tests.guards.facts_of_withdrawals import WITHDRAWALS
from tests.guards.going_around import clone, refusing_fact
from tests.world import World

pytestmark = pytest.mark.django_db
NAN = "'NaN'::numeric"
ORDER = "client_order_id = 'A-3'"
CLIENT = "kind = 'CLIENT' AND balance > 0"
SEAL = "core_sealedrecord"


def update(table: str, change: str, where: str = "true") -> Callable[[], str]:
    return lambda: f"UPDATE {table} SET {change} WHERE {where}"


def again(table: str, where: str = "true", **changes: str) -> Callable[[], str]:
    return lambda: clone(table, where=where, **changes)


def insert(statement: str) -> Callable[[], str]:
    return lambda: statement


def order(change: str, where: str = ORDER) -> Callable[[], str]:
    return update("trading_order", change, where)


def account(change: str, where: str = CLIENT) -> Callable[[], str]:
    return update("settlement_ledgeraccount", change, where)


def run(change: str) -> Callable[[], str]:
    return update("settlement_reconciliationrun", change)


def posting(**changes: str) -> Callable[[], str]:
    return again("settlement_posting", **changes)


def event(**changes: str) -> Callable[[], str]:
    return again("trading_orderevent", "kind = 'TRADED'", **{"sequence": "999"} | changes)


def trade(**changes: str) -> Callable[[], str]:
    return again("trading_trade", **{"sequence": "999"} | changes)


def seal(**changes: str) -> Callable[[], str]:
    """The next link of the chain, with something wrong."""
    sound = {
        "seal_seq": "seal_seq + 1", "prev_seq": "seal_seq", "prev_leaf_hash": "leaf_hash", "leaf_hash": "repeat('b', 64)",
        "kind_seq": "999", "object_id": "gen_random_uuid()",
    }  # fmt: skip
    return again(SEAL, f"seal_seq = (SELECT max(seal_seq) FROM {SEAL})", **sound | changes)


OTHER_ASSET = "(SELECT x.id FROM settlement_asset x WHERE x.id <> settlement_posting.asset_id LIMIT 1)"
OTHER_ACCOUNT = (
    f"(SELECT x.id FROM settlement_ledgeraccount x WHERE x.kind = 'CLIENT' AND x.asset_id = {OTHER_ASSET} LIMIT 1)"
)

AROUND = [
    # --- the record
    ("audit_action_is_app_noun_verb", again("core_auditentry", action="'Nonsense'")),
    ("audit_actor_is_named", again("core_auditentry", actor_kind="'PERSON'", actor_id="NULL")),
    ("idempotency_key_is_used_once", insert(
        "INSERT INTO core_idempotentrequest (id, principal_id, route, key, body_sha256, body, resource_type)"
        " SELECT gen_random_uuid(), '019ab000-0000-7000-8000-000000000001', '/v1/x', 'k', '', '{}', ''"
        " FROM generate_series(1, 2)")),
    ("outbox_seq_is_used_once", again("core_outboxmessage", "stream_seq IS NOT NULL AND entity_id IS NULL")),
    ("outbox_seq_is_used_once", again("core_outboxmessage", "stream_seq IS NOT NULL AND entity_id IS NOT NULL")),
    ("outbox_is_sealed_whole", update("core_outboxmessage", "sealed_at = NULL", "stream_seq IS NOT NULL")),
    ("outbox_topic_is_app_noun_verb", update("core_outboxmessage", "topic = 'hello'")),
    ("stream_has_one_head", again("core_streamhead", "entity_id IS NULL")),
    ("seal_seq_is_gapless", seal(seal_seq="seal_seq + 2")),
    ("seal_seq_is_gapless", seal(seal_seq="seal_seq + 2", prev_seq="NULL")),
    ("seal_follows_its_predecessor", seal(prev_leaf_hash="repeat('c', 64)")),
    ("kind_seq_is_used_once", seal(kind_seq="kind_seq")),
    ("object_is_sealed_once", seal(object_id="object_id")),
    ("there_is_one_seal_head", insert(
        "INSERT INTO core_sealhead (id, seal_seq, leaf_hash, kind_seqs) VALUES (2, 0, repeat('0', 64), '{}')")),
    # --- assets and accounts
    ("asset_code_is_unique", again("settlement_asset")),
    ("asset_code_is_plain", update("settlement_asset", "code = 'usd'")),
    ("asset_scale_is_bounded", again("settlement_asset", code="'XYZ'", scale="19")),
    ("asset_pays_within_its_scale", update("settlement_asset", "payment_scale = scale + 1")),
    ("asset_status_is_known", update("settlement_asset", "status = 'GONE'")),
    ("asset_scale_is_frozen", update("settlement_asset", "scale = scale + 1")),
    ("ledger_account_code_is_unique", again("settlement_ledgeraccount", label="'other'")),
    ("ledger_account_is_unique", again("settlement_ledgeraccount", "kind = 'OMNIBUS'", code="'other'", balance="0")),
    ("client_account_is_covered", account("held = balance + 0.01")),
    ("client_account_is_covered", account("balance = -0.01, held = 0")),
    ("client_account_is_covered", account("held = -0.01")),
    ("omnibus_is_never_overdrawn", account("balance = 0.01", "kind = 'OMNIBUS'")),
    ("only_covered_accounts_hold", account("held = 0.01", "kind = 'FEES'")),
    ("client_account_has_profile", account("profile_id = NULL")),
    ("client_account_has_profile", account("profile_id = (SELECT id FROM accounts_profile LIMIT 1)", "kind = 'FEES'")),
    ("ledger_account_kind_is_known", account("kind = 'PIGGY', profile_id = NULL, held = 0")),
    ("ledger_account_status_is_known", account("status = 'LOST'")),
    ("ledger_balance_is_finite", account(f"balance = {NAN}", "kind = 'FEES'")),
    # --- entries and postings
    ("entry_does_not_correct_itself", again("settlement_entry", id="core_first_id_at(now()::timestamp)",
        corrects_id="core_first_id_at(now()::timestamp)", source_id="gen_random_uuid()")),
    ("event_is_posted_once", again("settlement_entry")),
    ("posting_moves_something", posting(amount="0")),
    ("posting_moves_something", posting(amount="-1")),
    ("posting_moves_something", posting(amount=NAN)),
    ("posting_goes_elsewhere", posting(source_id="destination_id")),
    ("posting_source_is_in_its_asset", posting(source_id=OTHER_ACCOUNT)),
    ("posting_destination_is_in_its_asset", posting(destination_id=OTHER_ACCOUNT)),
    ("posting_destination_is_in_its_asset", posting(asset_id=OTHER_ASSET)),
    ("posting_has_its_entry", posting(entry_id="gen_random_uuid()")),
    # --- reconciliation
    ("reconciliation_version_is_used_once", again("settlement_reconciliationrun")),
    ("reconciliation_version_counts", run("run_version = 0")),
    ("reconciliation_adds_up", run("outside_balance = outside_balance + 1")),
    ("reconciliation_adds_up", run("status = 'FAILED'")),
    ("balanced_run_has_no_difference", run("status = 'BALANCED'")),
    ("reconciliation_is_finite", run(f"outside_balance = {NAN}, difference = {NAN}")),
    ("reconciliation_is_finite", run("outside_balance = NULL, difference = NULL")),
    ("compared_run_has_its_snapshot", run("snapshot_sha256 = ''")),
    ("difference_is_explained", run("outside_balance = outside_balance + 1, difference = difference + 1")),
    ("difference_is_explained", again("settlement_reconciliationrun", run_version="99")),
    ("break_explains_its_run", update("settlement_break", "amount = amount + 1")),
    ("break_explains_its_run", again("settlement_break", carried_from_id="NULL")),
    ("break_is_a_difference", update("settlement_break", "amount = 0")),
    ("break_is_a_difference", update("settlement_break", f"amount = {NAN}")),
    ("closed_break_has_time", update("settlement_break", "status = 'CLOSED'")),
    ("break_is_carried_once", again("settlement_break", "carried_from_id IS NOT NULL")),
    ("break_is_not_carried_from_itself", update("settlement_break", "carried_from_id = id")),
    ("break_kind_is_known", update("settlement_break", "kind = 'MOOD'")),
    # --- markets and their terms
    ("schedule_version_is_used_once", again("trading_feeschedule")),
    ("fee_scale_is_bounded", again("trading_feeschedule", name="'other'", fee_scale="13")),
    ("tier_is_unique", again("trading_feetier")),
    ("tier_is_not_loss_making", again("trading_feetier", from_volume="1", maker_rate="-0.003")),
    ("tier_is_not_loss_making", again("trading_feetier", from_volume="1", taker_rate=NAN)),
    ("tier_volume_is_finite", again("trading_feetier", from_volume=NAN)),
    ("market_symbol_is_unique", again("trading_market")),
    ("market_symbol_is_base_and_quote", update("trading_market", "symbol = 'btcusd'")),
    ("market_assets_differ", update("trading_market", "base_id = quote_id")),
    ("market_steps_are_positive", update("trading_market", "lot_size = 0")),
    ("market_bounds_are_ordered", update("trading_market", "min_amount = max_amount + 1")),
    ("market_bounds_are_ordered", update("trading_market", f"min_amount = {NAN}")),
    ("market_prices_are_finite", update("trading_market", f"last_price = {NAN}")),
    ("market_phase_is_known", update("trading_market", "phase = 'LUNCH'")),
    ("market_history_runs_forward", update("trading_market", "sequence = -1")),
    ("market_band_is_a_fraction", update("trading_market", f"execution_band = {NAN}")),
    ("market_band_is_a_fraction", update("trading_market", "entry_band = 1")),
    ("market_step_is_bounded", update("trading_market", "tick_step = 0")),
    ("market_step_is_bounded", update("trading_market", "lot_step = 1000001")),
    ("market_prices_are_finite", update("trading_market", f"auction_imbalance = {NAN}")),
    ("market_notional_is_exact", update("trading_market", "tick_size = 0.01, lot_size = 0.00001")),
    # --- orders
    ("client_order_id_is_unique", again("trading_order")),
    ("order_client_id_is_plain", order("client_order_id = 'a b'")),
    ("order_side_is_known", order("side = 'HOLD'")),
    ("order_prices_match_type", order("limit_price = NULL")),
    ("order_prices_match_type", order("type = 'MARKET'")),
    ("order_prices_match_type", order("type = 'MARKET', time_in_force = 'IOC', limit_price = NULL")),
    ("order_prices_are_finite", order(f"limit_price = {NAN}")),
    ("order_amounts_add_up", order("remaining_base = remaining_base + 1")),
    ("order_amounts_are_finite", order(f"held = {NAN}")),
    ("order_amounts_are_finite", order("held = -0.01")),
    ("order_fees_are_finite", order(f"fee_charged = {NAN}")),
    ("order_time_in_force_is_known", order("time_in_force = 'DAY'")),
    ("order_terms_are_allowed", order("type = 'POST_ONLY_LIMIT', time_in_force = 'IOC'")),
    ("order_terms_are_allowed", order("type = 'STOP_LIMIT', stop_price = 1, time_in_force = 'FOK'")),
    ("stop_has_its_price", order("type = 'STOP_LIMIT'")),
    ("stop_has_its_price", order("stop_price = limit_price")),
    ("dormant_order_is_a_stop", order("status = 'DORMANT', done_reason = '', closed_at = NULL")),
    ("order_has_one_amount", order("quote_amount = 1")),
    ("order_has_one_amount", order("base_amount = NULL, quote_amount = 1e9, remaining_base = 0, lapsed_base = 0")),
    ("busted_amount_was_filled", order("busted_base = filled_base + 1")),
    ("busted_amount_was_filled", order(f"busted_base = {NAN}")),
    ("order_expiry_matches_time_in_force", order("time_in_force = 'GTT'")),
    ("order_expiry_matches_time_in_force", order("expires_at = now()")),
    ("iceberg_shows_a_part", order("type = 'ICEBERG'")),
    ("iceberg_shows_a_part", order("type = 'ICEBERG', display_amount = base_amount, displayed_base = 0")),
    ("iceberg_shows_a_part", order("display_amount = 0.01")),
    ("order_rates_are_bounded", order("maker_rate = 0.003")),
    ("order_rates_are_bounded", order(f"taker_rate = {NAN}")),
    ("closed_order_has_reason", order("status = 'CANCELLED', closed_at = now(), held = 0, lapsed_base = base_amount,"
        " remaining_base = 0")),
    ("closed_order_has_reason", order("closed_at = now()")),
    ("closed_order_holds_nothing", order("held = 0.01", "status = 'FILLED'")),
    ("closed_order_holds_nothing", order("status = 'CANCELLED', done_reason = 'X', closed_at = now()")),
    # --- the log and the history
    ("instruction_is_decided_whole", update("trading_instruction", "position = NULL", "position = 2")),
    ("instruction_is_decided_whole", update("trading_instruction", "refusal = 'NO'", "position = 2")),
    ("instruction_names_its_order", update("trading_instruction", "order_id = NULL", "kind = 'PLACE'")),
    ("only_an_amend_holds", update("trading_instruction", "hold_change = 1", "kind = 'PLACE'")),
    ("only_an_amend_holds", update("trading_instruction", f"kind = 'AMEND', hold_change = {NAN}", "kind = 'PLACE'")),
    ("instruction_kind_is_known", update("trading_instruction", "kind = 'PRAY', order_id = NULL")),
    ("instruction_initiator_is_known", update("trading_instruction", "initiator = 'GHOST'")),
    ("instruction_position_is_gapless", update("trading_instruction", "position = 2", "position = 3")),
    ("batch_follows_its_predecessor", again("trading_marketbatch")),
    ("batch_runs_forward", again("trading_marketbatch", first_position="99", last_position="98")),
    ("event_has_a_place", event(sequence="0")),
    ("market_sequence_is_gapless", event(sequence="sequence")),
    ("traded_event_names_its_trade", event(trade_id="NULL")),
    ("traded_event_names_its_trade", event(last_base="NULL")),
    ("traded_event_names_its_trade", event(kind="'RESTED'")),
    ("event_hold_change_is_finite", event(hold_change=NAN)),
    ("event_names_its_order", event(order_id="gen_random_uuid()")),
    ("trade_has_two_orders", trade(buy_order_id="sell_order_id")),
    ("trade_moves_something", trade(base_amount="0", quote_amount="0")),
    ("trade_moves_something", trade(price=NAN, quote_amount=NAN)),
    ("trade_notional_is_exact", trade(quote_amount="quote_amount + 0.000001")),
    ("trade_fees_are_finite", trade(buyer_fee=NAN)),
    ("trade_has_a_maker", trade(maker_side="'NONE'")),
    ("trade_has_a_maker", trade(maker_side="NULL")),
    ("trade_has_a_maker", trade(liquidity="'AUCTION'")),
    ("trade_sequence_is_used_once", trade(sequence="sequence")),
    ("trade_names_its_buy_order", trade(buy_order_id="gen_random_uuid()")),
    ("trade_names_its_sell_order", trade(sell_order_id="gen_random_uuid()")),
    *BOOKS,
    *DAYS,
    *DEPOSITS,
    *FEES,
    *MARKET_DATA,
    *QUOTES,
    *MARKETS,
    *STATEMENTS,
    *WITHDRAWALS,
]  # fmt: skip

# Nothing can hit these alone. The targets of composite references begin with a primary key, which refuses first; what is held
# is between nothing and a finite balance by another fact; and a status that nobody knows has no rule for its reason.
IMPLIED = {
    "ledger_account_has_one_asset", "seal_has_one_leaf", "ledger_hold_is_finite", "order_status_is_known",
    "statement_has_one_period",
}  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "statement"), AROUND, ids=[f"{fact}-{number}" for number, (fact, _) in enumerate(AROUND)]
)
def test_the_fact_refuses(house: World, fact: str, statement: Callable[[], str]) -> None:
    assert refusing_fact(statement()) == fact


def test_no_column_of_money_has_room_for_1e20(house: World) -> None:
    for statement in (account("balance = 1e20", "kind = 'FEES'")(), posting(amount="1e20")(), order("held = 1e20")()):
        assert refusing_fact(statement) == "22003 numeric field overflow"


def test_every_named_fact_is_tried() -> None:
    declared = {name for _, name in OTHER_CONSTRAINTS}
    for app in ("core", "settlement", "trading"):
        for model in apps.get_app_config(app).get_models():
            declared |= {constraint.name for constraint in model._meta.constraints}
            triggers = getattr(model._meta, "triggers", [])
            declared |= {trigger.name for trigger in triggers if not isinstance(trigger, Remember)}
            if hasattr(model, "partitioning"):
                declared |= set(model.partitioning.unique)

    assert (
        declared - {fact for fact, _ in AROUND}
        == IMPLIED | IMPLIED_BY_MOVES | IMPLIED_BY_MOVES_OF_DEPOSITS | IMPLIED_BY_QUOTES
    )
