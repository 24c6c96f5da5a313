"""Every invariant notices what it is there for: damage done by the owner with triggers off is reported under its number."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.queries.verifying import verify_all
from tests.world import World
from trading.models import Order

pytestmark = pytest.mark.django_db
CLIENT_USD = (
    "(SELECT id FROM settlement_ledgeraccount WHERE kind = 'CLIENT' AND name LIKE 'Alder%' AND code LIKE '%USD')"
)
FEES = "(SELECT id FROM settlement_ledgeraccount WHERE kind = 'FEES')"
LAST_SEAL = "(SELECT max(seal_seq) FROM core_sealedrecord)"

DAMAGE = [
    ("V1", "a balance of nowhere", f"UPDATE settlement_ledgeraccount SET balance = balance + 1 WHERE id = {FEES}"),
    (
        "V2",
        "value moved without a posting",
        f"UPDATE settlement_ledgeraccount SET balance = balance + 1 WHERE id = {FEES};"
        f"UPDATE settlement_ledgeraccount SET balance = balance - 1 WHERE id = {CLIENT_USD}",
    ),
    (
        "V3",
        "more held than there is",
        "ALTER TABLE settlement_ledgeraccount DROP CONSTRAINT client_account_is_covered;"
        f"UPDATE settlement_ledgeraccount SET held = balance + 1 WHERE id = {CLIENT_USD}",
    ),
    (
        "V3",
        "a clearing account that is not flat",
        "UPDATE settlement_ledgeraccount SET kind = 'CLEARING' WHERE kind = 'FEES'",
    ),
    ("V4", "a hold of no order", f"UPDATE settlement_ledgeraccount SET held = held + 1 WHERE id = {CLIENT_USD}"),
    ("V5", "digits beyond the scale", "UPDATE settlement_posting SET amount = amount + 1e-9 WHERE id = {posting}"),
    (
        "V5",
        "an account of another asset",
        "UPDATE settlement_posting SET destination_id = (SELECT a.id FROM settlement_ledgeraccount a"
        " WHERE a.kind = 'CLIENT' AND a.asset_id <> settlement_posting.asset_id LIMIT 1) WHERE id = {posting}",
    ),
    ("V5", "an entry without postings", "DELETE FROM settlement_posting WHERE entry_id = {entry}"),
    ("V5", "a posting of no entry", "DELETE FROM settlement_entry WHERE id = {entry}"),
    (
        "V6",
        "a fee posted to another client",
        f"UPDATE settlement_posting SET destination_id = {CLIENT_USD} WHERE destination_id = {FEES}"
        f" AND source_id <> {CLIENT_USD}",
    ),
    ("V6", "a posting twice", "INSERT INTO settlement_posting (entry_id, source_id, destination_id, asset_id, amount)"
     " SELECT entry_id, source_id, destination_id, asset_id, amount FROM settlement_posting WHERE id = {posting}"),
    ("V6", "a deposit of another amount", "UPDATE settlement_deposit SET amount = amount + 1"),
    ("V6", "value that nobody looks at", "UPDATE settlement_ledgeraccount SET kind = 'SUSPENSE' WHERE kind = 'FEES'"),
    ("V7", "a deposit that was never released",
     "UPDATE settlement_deposit SET status = 'UNDER_REVIEW', review_reason = 'PERMISSION', credited_at = NULL,"
     " credited_by = NULL"),
    ("V7", "a deposit that is gone",
     "DELETE FROM settlement_deposit WHERE id = (SELECT min(id::text)::uuid FROM settlement_deposit)"),
    ("V7", "a trade that is gone", "DELETE FROM trading_trade WHERE id = {trade}"),
    ("V7", "an entry that its trade does not name", "UPDATE trading_trade SET entry_id = gen_random_uuid() WHERE id = {trade}"),
    ("V7", "an entry of nothing", "UPDATE settlement_entry SET source_type = 'a.dream' WHERE id = {entry}"),
    ("V8", "a snapshot that opens with what was not there",
     "INSERT INTO settlement_balancesnapshot (account_id, business_date, opening, credits, debits, closing, held, taken_at)"
     " SELECT id, '2026-01-05', 1, 0, 0, 1, 0, now() FROM settlement_ledgeraccount WHERE kind = 'FEES'"),
    ("V8", "a snapshot that moves what nobody posted",
     "INSERT INTO settlement_balancesnapshot (account_id, business_date, opening, credits, debits, closing, held, taken_at)"
     " SELECT id, '2026-01-05', 0, 1, 0, 1, 0, now() FROM settlement_ledgeraccount WHERE kind = 'FEES'"),
    ("V9", "not a number", "UPDATE trading_orderevent SET price = 'NaN' WHERE sequence = 4"),
    ("V9", "too large",
     "UPDATE trading_orderevent SET best_ask = 99999999999999999999.9, best_bid = -1e19 * 10 + 1, fee = 1e19 * 9.9"
     " WHERE sequence = 4; ALTER TABLE trading_orderevent ALTER best_bid TYPE numeric(39,18);"
     " UPDATE trading_orderevent SET best_bid = -1e20 WHERE sequence = 4"),
    ("V9", "a column without bounds", "ALTER TABLE settlement_asset ADD COLUMN extra numeric"),
    ("V9", "a deposit beyond the scale", "UPDATE settlement_deposit SET amount = amount + 1e-9"),
    ("V9", "an order beyond the scale", "UPDATE trading_order SET base_amount = base_amount + 1e-9,"
     " lapsed_base = lapsed_base + 1e-9 WHERE status = 'EXPIRED'"),
    ("V10", "an amount that does not add up", "ALTER TABLE trading_order DROP CONSTRAINT order_amounts_add_up;"
     "UPDATE trading_order SET lapsed_base = lapsed_base + 1 WHERE status = 'CANCELLED'"),
    ("V11", "a filled order that holds", "ALTER TABLE trading_order DROP CONSTRAINT closed_order_holds_nothing;"
     "UPDATE trading_order SET held = 1 WHERE client_order_id = 'A-1'"),
    ("V11", "a status that no event gave", "UPDATE trading_order SET status = 'EXPIRED' WHERE client_order_id = 'B-4'"),
    ("V11", "an illegal step", "UPDATE trading_orderevent SET after_status = 'FILLED' WHERE kind = 'ACCEPTED' AND sequence < 4"),
    ("V11", "an order that no event opened", "UPDATE trading_order SET status = 'OPEN' WHERE client_order_id = 'A-5'"),
    ("V12", "more filled than traded",
     "UPDATE trading_order SET filled_quote = filled_quote + 0.01 WHERE client_order_id = 'A-1'"),
    ("V12", "a fee too high", "UPDATE trading_order SET fee_charged = fee_charged + 0.01 WHERE client_order_id = 'A-1'"),
    ("V12", "a fee beside the rate", "UPDATE trading_order SET fee_exact = fee_exact - 0.001, taker_rate = 0.003"
     " WHERE client_order_id = 'A-1'"),
    ("V13", "a hold beside the formula", "UPDATE trading_order SET held = held + 1 WHERE client_order_id = 'A-3'"),
    ("V13", "a hold that no event changed",
     "UPDATE trading_orderevent SET hold_change = hold_change + 1 WHERE kind = 'CANCELLED'"),
    ("V14", "not the maker's price", "UPDATE trading_trade SET price = price + 0.5, quote_amount = (price + 0.5) * base_amount"),
    ("V14", "a trade with oneself", "UPDATE trading_order SET self_trade_group = '00000000-0000-0000-0000-000000000001'"),
    ("V14", "the wrong side", "UPDATE trading_order SET side = 'SELL' WHERE client_order_id = 'A-1'"),
    ("V14", "off the lot", "UPDATE trading_market SET lot_size = 0.3"),
    ("V14", "an order that is gone", "DELETE FROM trading_order WHERE client_order_id = 'A-1'"),
    ("V16", "a crossed book", "UPDATE trading_order SET limit_price = 60000.50 WHERE client_order_id = 'A-3'"),
    ("V16", "a market order that rests", "UPDATE trading_order SET type = 'MARKET', limit_price = NULL, time_in_force = 'IOC',"
     " protection_price = 1 WHERE client_order_id = 'A-3'"),
    ("V17", "an order that its profile may not have",
     "UPDATE accounts_profile SET denied_actions = ARRAY['EXECUTE'] || denied_actions"),
    ("V17", "an identity that is no longer approved", "UPDATE accounts_identity SET status = 'DISABLED'"),
    ("V17", "a control without its consequence",
     "INSERT INTO accounts_identitycontrol (id, identity_id, kind, set_by, is_overridable, reason_code, note, set_at,"
     " cleared_note) SELECT gen_random_uuid(), id, 'DORMANT', 'SYSTEM', false, 'OTHER', '', now(), '' FROM accounts_identity"),
    ("V17", "a freeze that its client may lift",
     "ALTER TABLE accounts_identitycontrol DROP CONSTRAINT freeze_is_not_overridable;"
     "INSERT INTO accounts_identitycontrol (id, identity_id, kind, set_by, is_overridable, reason_code, note, set_at,"
     " cleared_at, cleared_note)"
     " SELECT gen_random_uuid(), id, 'FROZEN', 'SYSTEM', true, 'OTHER', '', now(), now(), '' FROM accounts_identity"),
    ("V18", "a gap in the positions", "DELETE FROM trading_instruction WHERE position = 3"),
    ("V18", "a market behind its log", "UPDATE trading_market SET position = position - 1"),
    ("V18", "a decision without a place", "ALTER TABLE trading_instruction DROP CONSTRAINT instruction_is_decided_whole;"
     "UPDATE trading_instruction SET status = 'APPLIED' WHERE status = 'PENDING'"),
    ("V19", "a gap in the events", "DELETE FROM trading_orderevent WHERE sequence = 3"),
    ("V19", "a market ahead of its events", "UPDATE trading_market SET sequence = sequence + 1"),
    ("V19", "an event of another instruction", "UPDATE trading_orderevent SET actor_id = gen_random_uuid() WHERE sequence = 3"),
    ("V19", "half a trade", "UPDATE trading_orderevent SET kind = 'RESTED', trade_id = NULL WHERE sequence ="
     " (SELECT min(sequence) FROM trading_trade)"),
    ("V19", "a batch that is gone", "DELETE FROM trading_marketbatch WHERE first_position = 3"),
    ("V20", "an order that nobody placed", "DELETE FROM trading_instruction WHERE status = 'PENDING'"),
    ("V20", "an author who is not the order's",
     "UPDATE trading_order SET credential_id = (SELECT c.id FROM accounts_apicredential c"
     " WHERE c.id <> trading_order.credential_id LIMIT 1) WHERE client_order_id = 'A-3'"),
    ("V20", "an actor whom nobody knows", "UPDATE trading_instruction SET actor_id = gen_random_uuid() WHERE kind = 'CANCEL'"),
    ("V21", "an audit entry edited", "UPDATE core_auditentry SET reason = 'else' WHERE action LIKE 'settlement.%'"),
    ("V21", "a posting edited", "UPDATE settlement_posting SET amount = amount + 1 WHERE id = {posting}"),
    ("V21", "an event edited", "UPDATE trading_orderevent SET reason = 'else' WHERE sequence = 4"),
    ("V21", "a trade edited", "UPDATE trading_trade SET buyer_fee = buyer_fee + 0.01"),
    ("V21", "an instruction edited", "UPDATE trading_instruction SET payload = '{{\"a\": 1}}' WHERE position = 2"),
    ("V23", "a message that is gone", "DELETE FROM core_outboxmessage WHERE entity_id IS NULL AND stream_seq = 2"),
    ("V23", "the wrong one before", "UPDATE core_outboxmessage SET prev_seq = 1 WHERE entity_id IS NULL AND stream_seq = 3"),
    ("V23", "a head that is ahead", "UPDATE core_streamhead SET last_seq = last_seq + 1"),
    ("V23", "a message that waits", "UPDATE core_outboxmessage SET stream_seq = NULL, prev_seq = NULL, sealed_at = NULL,"
     " created_at = now() - interval '11 seconds'"),
    ("V23", "a record that waits", "INSERT INTO core_unsealed (kind, object_id) VALUES"
     " ('AUDIT_ENTRY', '019ab000-0000-7000-8000-000000000001')"),
    ("V26", "an approval that is gone", "DELETE FROM accounts_approvaldecision"),
    ("V26", "approved over other bytes", "UPDATE accounts_approvaldecision SET payload_sha256 = repeat('0', 64)"),
    ("V26", "approved after the end", "UPDATE accounts_approvaldecision SET decided_at = decided_at + interval '2 days'"),
    ("V26", "approved by who asked", "UPDATE accounts_approvalrequest r SET requested_by_kind = 'PERSON', requested_by_id ="
     " d.approver_id, requester_person = d.approver_person FROM accounts_approvaldecision d WHERE d.request_id = r.id"),
    ("V26", "approved by whom it is about", "UPDATE accounts_approvalrequest r SET subject_type = 'accounts.staff_user',"
     " subject_id = d.approver_id::text FROM accounts_approvaldecision d WHERE d.request_id = r.id"),
    ("V26", "approved before the right was given", "UPDATE accounts_rolegrant SET created_at = now() + interval '1 day'"),
    ("V26", "approved with another right", "UPDATE accounts_role SET permissions = ARRAY['desk.read'];"
     "UPDATE accounts_rolehistory SET permissions = ARRAY['desk.read']"),
    ("V26", "rejected and yet done", "UPDATE accounts_approvaldecision SET verdict = 'REJECT', note = 'no'"),
    ("V26", "a payload that was changed", "UPDATE accounts_approvalrequest SET payload = payload || '{{\"price\": \"1\"}}'"),
    ("V26", "fewer asked than the policy says", "UPDATE accounts_approvalrequest SET permission = 'desk.read'"),
    ("V26", "a policy that nobody approved", "INSERT INTO accounts_approvalpolicy (id, action, policy_version, tiers,"
     " expires_after_hours, needs_reauthentication, in_force_from, approval_id) SELECT gen_random_uuid(), action, 2, tiers, 1,"
     " false, now(), gen_random_uuid() FROM accounts_approvalpolicy"),
    ("V26", "an act whose approval was taken back",
     "UPDATE accounts_approvalrequest SET status = 'CANCELLED', executed_at = NULL"),
    ("V26", "an executed request without an act", "DELETE FROM core_auditentry WHERE action LIKE 'trading.market.%'"),
    ("V27", "a seal that is gone", "DELETE FROM core_sealedrecord WHERE seal_seq = 3"),
    ("V27", "the tail cut off", f"DELETE FROM core_sealedrecord WHERE seal_seq = {LAST_SEAL}"),
    ("V27", "a leaf edited", "UPDATE core_sealedrecord SET record_hash = repeat('a', 64) WHERE seal_seq = 3"),
    ("V27", "two seals swapped", "UPDATE core_sealedrecord s SET object_id = gen_random_uuid() WHERE seal_seq = 3"),
    ("V27", "a clock set back", "UPDATE core_sealedrecord SET sealed_at = sealed_at - interval '1 hour' WHERE seal_seq = 3"),
    ("V27", "an audit entry that is gone",
     "DELETE FROM core_auditentry WHERE id = (SELECT min(id::text)::uuid FROM core_auditentry)"),
    ("V27", "an audit entry inserted with triggers off", "INSERT INTO core_auditentry (id, actor_kind, action, object_type,"
     " object_id, changes, reason, request_id, event_at) VALUES (core_first_id_at(now()::timestamp), 'SYSTEM', 'a.b.c', 'x', 'y',"
     " '[]', '', '', now())"),
    ("V27", "a batch that is gone", "DELETE FROM trading_marketbatch WHERE first_position = 3"),
    ("V27", "a ledger entry that is gone", "DELETE FROM settlement_entry WHERE id = {entry}"),
    ("V29", "a break that explains too much", "UPDATE settlement_break SET amount = amount + 1"),
    ("V29", "a break that is gone", "DELETE FROM settlement_break WHERE status = 'OPEN'"),
    ("V29", "a break carried on to nothing", "UPDATE settlement_break SET carried_from_id = NULL"),
    ("V29", "two breaks open for one thing", "UPDATE settlement_break SET status = 'OPEN'"),
    ("V30", "a constraint dropped", "ALTER TABLE settlement_posting DROP CONSTRAINT posting_moves_something"),
    ("V30", "a constraint not validated", "ALTER TABLE settlement_asset DROP CONSTRAINT asset_code_is_plain;"
     "ALTER TABLE settlement_asset ADD CONSTRAINT asset_code_is_plain CHECK (code ~ '^[A-Z0-9]{{2,16}}$') NOT VALID"),
    ("V30", "a unique constraint dropped", "ALTER TABLE trading_order DROP CONSTRAINT client_order_id_is_unique"),
    ("V30", "a conditional unique index dropped", "DROP INDEX outbox_seq_is_used_once"),
    ("V30", "a part without its index", "DROP INDEX {part_index}"),
    ("V30", "a trigger switched off", "ALTER TABLE settlement_posting DISABLE TRIGGER posting_is_append_only"),
    ("V30", "a trigger dropped", "DROP TRIGGER posting_is_append_only ON settlement_posting"),
    ("V30", "a rule of one row dropped", "DROP TRIGGER {scale_trigger} ON settlement_asset"),
    ("V30", "the doorbell dropped", "DROP TRIGGER outbox_rings ON core_outboxmessage"),
    ("V30", "the sealer's queue dropped", "DROP TRIGGER settlement_entry_is_sealed ON settlement_entry"),
    ("V30", "the chain's own reference dropped", "ALTER TABLE core_sealedrecord DROP CONSTRAINT seal_follows_its_predecessor"),
    ("V30", "a right too many", "GRANT UPDATE ON settlement_posting TO cth_app"),
    ("V30", "a right too many on a part", "GRANT DELETE ON settlement_posting_0000 TO cth_app"),
    ("V30", "parts that end soon", "DROP TABLE {last_months}"),
    ("V30", "a part that is full", "UPDATE settlement_posting SET id = 95000000 WHERE id = {posting}"),
    ("V30", "a version's trigger dropped", "DROP TRIGGER {market_trigger} ON trading_market"),
    ("V30", "triggers that a session can switch off", "CREATE OR REPLACE FUNCTION"
     " public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean"
     " LANGUAGE sql AS 'SELECT trigger_name = ANY (current_setting(''pgtrigger.ignore'')::name[])'"),
    ("V31", "a term changed past the history", "UPDATE trading_market SET execution_band = 0.5"),
    ("V31", "a row that was never made", "INSERT INTO settlement_asset (id, code, name, kind, scale, payment_scale, status,"
     " version, calendar) VALUES (gen_random_uuid(), 'GHO', 'Ghost', 'TOKEN', 8, 8, 'ACTIVE', 1, 'ALWAYS')"),
    ("V31", "a row that is gone", "DELETE FROM trading_feetier"),
    ("V31", "a version edited", "UPDATE settlement_assethistory SET name = 'Gold' WHERE code = 'USD'"),
]  # fmt: skip


def test_a_sound_house_has_no_breach(house: World) -> None:
    verdicts = verify_all(INVARIANTS, at=now())

    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []
    assert {each.number for each in verdicts} >= {
        "V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V10", "V11", "V12", "V13", "V14", "V16", "V17", "V18", "V19",
        "V20", "V21", "V23", "V26", "V27", "V29", "V30", "V31",
    }  # fmt: skip


@pytest.mark.parametrize(("number", "what", "statement"), DAMAGE, ids=[f"{row[0]} {row[1]}" for row in DAMAGE])
def test_damage_is_reported_under_its_number(house: World, number: str, what: str, statement: str) -> None:
    damage(statement)

    verdicts = verify_all([each for each in INVARIANTS if each.number == number], at=now())
    assert [each.error for each in verdicts if each.error] == []
    assert sum(each.count for each in verdicts) > 0, what
    assert all(len(example) == 2 and all(example) for each in verdicts for example in each.examples)


def test_every_invariant_has_its_damage() -> None:
    assert {row[0] for row in DAMAGE} == {each.number for each in INVARIANTS}


def damage(statement: str) -> None:
    """Run ``statement`` as the owner with all triggers off, foreign keys among them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement.format(**_names(cursor)))
        cursor.execute("SET LOCAL session_replication_role = origin")


def _names(cursor: Any) -> dict[str, str]:
    cursor.execute(
        "SELECT id, entry_id FROM settlement_posting WHERE entry_id IN (SELECT entry_id FROM trading_trade) ORDER BY id LIMIT 1"
    )
    posting, entry = cursor.fetchone()
    cursor.execute("SELECT id FROM trading_trade ORDER BY id LIMIT 1")
    (trade,) = cursor.fetchone()
    cursor.execute(
        "SELECT indexrelid::regclass FROM pg_index WHERE indexrelid::regclass::text LIKE 'event_is_posted_once%' LIMIT 1"
    )
    (part_index,) = cursor.fetchone()
    cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE '%asset_scale_is_frozen%'")
    (scale_trigger,) = cursor.fetchone()
    cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE '%market_updated%'")
    (market_trigger,) = cursor.fetchone()
    cursor.execute(
        "SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits WHERE inhparent = 'trading_trade'::regclass"
        " AND inhrelid::regclass::text > 'trading_trade_' || to_char(now(), 'YYYYMM')"
    )
    (last_months,) = cursor.fetchone()
    return {
        "posting": str(posting),
        "entry": f"'{entry}'",
        "trade": f"'{trade}'",
        "part_index": part_index,
        "scale_trigger": scale_trigger,
        "market_trigger": market_trigger,
        "last_months": last_months,
    }


def run_command(*arguments: str) -> int:
    try:
        call_command("verify", *arguments)
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def test_the_command_ends_with_0_when_all_hold(house: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command() == 0
    assert "V21" not in capsys.readouterr().out
    assert run_command("--full") == 0
    printed = capsys.readouterr().out
    assert "V21" in printed
    assert "all hold" in printed
    assert "FAIL" not in printed


def test_the_command_ends_with_1_on_a_breach_and_names_the_row(
    house: World, capsys: pytest.CaptureFixture[str]
) -> None:
    damage("UPDATE trading_order SET held = held + 1 WHERE client_order_id = 'A-3'")
    order_id = str(Order.objects.get(client_order_id="A-3").pk)

    assert run_command("--json") == 1
    document = json.loads(capsys.readouterr().out)
    broken = {each["number"] for each in document["checks"] if each["breaches"]}
    assert broken == {"V4", "V13"}
    assert order_id in [example["id"] for each in document["checks"] for example in each["examples"]]
    assert document["status"] == 1
    assert all(each["seconds"] >= 0 and each["rows"] >= 0 for each in document["checks"])


def test_the_command_ends_with_2_when_something_cannot_be_checked(
    house: World, capsys: pytest.CaptureFixture[str]
) -> None:
    damage("ALTER TABLE settlement_break RENAME TO broken")

    assert run_command("--only", "V29", "--only", "V1") == 2
    assert "not checked: relation" in capsys.readouterr().out
    assert run_command("--only", "V99") == 2
