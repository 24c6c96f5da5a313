"""What moved in the four balances of a profile, from sealed facts: what the daily pair of reports has in common.

AVAILABLE is balance less held; TRADING is held by orders, PENDING_DEBIT by withdrawals; PENDING_CREDIT are deposits that the
house has seen and not booked to the client. Every change is a move: a posting changes AVAILABLE, but what a withdrawal pays comes
out of PENDING_DEBIT; a hold moves from one balance to another, which is two moves under one id. Balances are the sum of all
moves, so a day's opening, its moves and its closing tie whatever happened.
"""

from trading.reports.profile_balances import ENTRIES_IN
from trading.reports.sealed_history import SEALED_READS

# Acts of the audit chain that are in.
ACTS = """
    SELECT u.id, u.object_id, u.action, u.event_at, s.seal_seq
    FROM core_auditentry u
    JOIN core_sealedrecord s ON s.kind = 'AUDIT_ENTRY' AND s.object_id = u.id AND s.seal_seq <= %(known_at)s
    WHERE u.event_at < %(as_of)s AND u.object_type = '{of}'
"""
WITHDRAWALS_ASKED = f"""
    SELECT w.id, w.profile_id, r.asset_id, w.net_amount, w.fee_amount, w.gross_amount, u.event_at
    FROM ({ACTS.format(of="settlement.withdrawal")}) u
    JOIN settlement_withdrawal w ON w.id::text = u.object_id
    JOIN settlement_rail r ON r.id = w.rail_id
    WHERE u.action = 'settlement.withdrawal.request'
"""  # noqa: S608 - made of constants only
WITHDRAWALS_UNPAID = f"""
    SELECT u.object_id::uuid AS withdrawal_id, u.event_at
    FROM ({ACTS.format(of="settlement.withdrawal")}) u
    WHERE u.action IN ('settlement.withdrawal.cancel', 'settlement.withdrawal.reject', 'settlement.withdrawal.fail')
"""  # noqa: S608 - made of constants only
# What was done with the deposits of clients, in its order. Whose one is may be found later: that is on the record.
_OF_DEPOSITS = f"""
    SELECT u.id AS act_id, u.action, u.event_at, u.seal_seq, d.id, d.profile_id, omnibus.asset_id, d.amount,
           row_number() OVER (PARTITION BY d.id ORDER BY u.seal_seq) AS number,
           EXISTS (
               SELECT 1 FROM core_auditentry found
               WHERE found.object_type = 'settlement.deposit' AND found.object_id = u.object_id
                 AND found.action = 'settlement.deposit.attribute'
           ) AS was_found
    FROM ({ACTS.format(of="settlement.deposit")}) u
    JOIN settlement_deposit d ON d.id::text = u.object_id AND d.profile_id IS NOT NULL
    JOIN settlement_ledgeraccount omnibus ON omnibus.id = d.omnibus_id
"""  # noqa: S608 - made of constants only
# Seen from its first act on, and again each time it comes back after it was gone; or from when it was found whose it is, so what
# is found later is not in an earlier picture. One that was the client's at once was never pending.
DEPOSITS_SEEN = f"""
    SELECT act.id, act.profile_id, act.asset_id, act.amount, act.event_at, act.act_id, act.seal_seq FROM ({_OF_DEPOSITS}) act
    WHERE CASE WHEN act.was_found THEN act.action = 'settlement.deposit.attribute'
               ELSE act.action = 'settlement.deposit.detect' OR (act.number = 1 AND act.action <> 'settlement.deposit.credit')
          END
"""  # noqa: S608 - made of constants only
DEPOSITS_GONE = f"""
    SELECT act.id, act.profile_id, act.asset_id, act.amount, act.event_at, act.act_id, act.seal_seq FROM ({_OF_DEPOSITS}) act
    WHERE act.action = 'settlement.deposit.fail' AND NOT act.was_found
"""  # noqa: S608 - made of constants only

POSTED = """
    SELECT la.profile_id, la.asset_id,
           CASE n.kind WHEN 'WITHDRAWAL' THEN 'PENDING_DEBIT' ELSE 'AVAILABLE' END AS balance_type,
           side.amount, 'P' || p.id AS tx_id,
           CASE WHEN n.kind = 'TRADE' AND other.kind = 'FEES' THEN 'COMMISSION'
                WHEN n.kind = 'TRADE' THEN CASE WHEN (side.amount > 0) = (t.buy_profile_id = la.profile_id)
                    THEN 'SETTLE_BASE' ELSE 'SETTLE_QUOTE' END
                WHEN n.kind = 'QUOTE_EXECUTION' THEN CASE WHEN p.asset_id = qm.base_id THEN 'SETTLE_BASE' ELSE 'SETTLE_QUOTE' END
                WHEN n.kind IN ('DEPOSIT', 'DEPOSIT_RELEASED') THEN 'DEPOSIT_COMPLETION'
                WHEN n.kind = 'DEPOSIT_REVERSED' THEN 'DEPOSIT_FAILURE'
                WHEN n.kind = 'WITHDRAWAL' AND other.kind = 'FEES' THEN 'FEE_DEBIT'
                WHEN n.kind = 'WITHDRAWAL' THEN 'WITHDRAWAL_COMPLETION'
                WHEN n.kind = 'WITHDRAWAL_RETURNED' THEN 'WITHDRAWAL_FAILURE'
                ELSE 'INTERNAL_TRANSFER' END AS tx_type,
           n.kind AS entry_kind, n.source_id, n.group_id, n.id AS entry_id, la.id AS account_id,
           CASE WHEN t.buy_profile_id = la.profile_id THEN t.buy_order_id ELSE t.sell_order_id END AS order_id,
           t.id AS trade_id, n.event_at
    FROM entry_in
    JOIN settlement_entry n ON n.id = entry_in.id
    JOIN settlement_posting p ON p.entry_id = n.id
    LEFT JOIN trading_trade t ON n.kind = 'TRADE' AND t.id = n.source_id
    LEFT JOIN trading_quoteexecution qx ON n.kind = 'QUOTE_EXECUTION' AND qx.id = n.source_id
    LEFT JOIN trading_quote q ON q.id = qx.quote_id
    LEFT JOIN trading_market qm ON qm.id = q.market_id
    CROSS JOIN LATERAL (
        VALUES (p.destination_id, p.source_id, p.amount), (p.source_id, p.destination_id, -p.amount)
    ) AS side (account_id, other_id, amount)
    JOIN settlement_ledgeraccount la ON la.id = side.account_id AND la.kind = 'CLIENT'
    JOIN settlement_ledgeraccount other ON other.id = side.other_id
    WHERE n.event_at >= {since}
"""
ORDERED = """
    SELECT o.profile_id, o.hold_asset_id, pair.balance_type, pair.amount, hold.tx_id, hold.tx_type,
           NULL, o.id, o.id, NULL::uuid, NULL::uuid, o.id, hold.trade_id, e.event_at
    FROM trading_orderevent e
    JOIN sealed w ON w.market_id = e.market_id AND e.sequence <= w.last_sequence
    JOIN trading_order o ON o.id = e.order_id
    CROSS JOIN LATERAL (VALUES
        ('O' || o.id, 'RESERVE', CASE WHEN e.kind IN ('ACCEPTED', 'REJECTED') THEN o.hold_amount ELSE 0 END, NULL::uuid),
        ('E' || e.id, CASE WHEN e.hold_change > 0 THEN 'RESERVE' WHEN e.kind = 'TRADED' THEN 'SETTLE_UNRESERVE'
            ELSE 'UNRESERVE' END, e.hold_change, e.trade_id)
    ) AS hold (tx_id, tx_type, change, trade_id)
    CROSS JOIN LATERAL (VALUES ('TRADING', hold.change), ('AVAILABLE', -hold.change)) AS pair (balance_type, amount)
    WHERE e.event_at >= {since} AND e.event_at < %(as_of)s AND hold.change <> 0
"""
# What becomes of a withdrawal that is paid is posted.
WITHDRAWN = f"""
    SELECT w.profile_id, w.asset_id, pair.balance_type, pair.amount, act.tx_id, act.tx_type,
           'WITHDRAWAL', w.id, w.id, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, act.event_at
    FROM ({WITHDRAWALS_ASKED}) w
    LEFT JOIN ({WITHDRAWALS_UNPAID}) unpaid ON unpaid.withdrawal_id = w.id
    CROSS JOIN LATERAL (VALUES
        ('W' || w.id, 'WITHDRAWAL_CREATION', w.net_amount, w.event_at),
        ('W' || w.id || '-FEE', 'FEE_ENCUMBERMENT', w.fee_amount, w.event_at),
        ('W' || w.id || '-END', 'WITHDRAWAL_FAILURE', -w.gross_amount, unpaid.event_at)
    ) AS act (tx_id, tx_type, change, event_at)
    CROSS JOIN LATERAL (VALUES ('PENDING_DEBIT', act.change), ('AVAILABLE', -act.change)) AS pair (balance_type, amount)
    WHERE act.change <> 0 AND act.event_at >= {{since}}
"""  # noqa: S608 - made of constants only
# Each time it is seen and each time it is gone is a move. Booked to the client or sent back, a deposit ends with a posting: under
# its id it leaves PENDING_CREDIT too.
PENDING = f"""
    SELECT act.profile_id, act.asset_id, 'PENDING_CREDIT', act.amount, act.tx_id, act.tx_type,
           act.entry_kind, act.id, act.id, act.entry_id, NULL::uuid, NULL::uuid, NULL::uuid, act.event_at
    FROM (
        SELECT d.profile_id, d.asset_id, d.amount, 'D' || d.id || '-' || d.act_id, 'DEPOSIT_CREATION', 'DEPOSIT', d.id,
               NULL::uuid, d.event_at
        FROM ({DEPOSITS_SEEN}) d
        UNION ALL
        SELECT d.profile_id, d.asset_id, -d.amount, 'P' || p.id,
               CASE n.kind WHEN 'DEPOSIT_RETURNED' THEN 'DEPOSIT_FAILURE' ELSE 'DEPOSIT_COMPLETION' END, n.kind, d.id, n.id,
               n.event_at
        FROM (SELECT DISTINCT id, profile_id, asset_id, amount FROM ({DEPOSITS_SEEN}) seen) d
        JOIN settlement_entry n ON n.source_id = d.id AND n.kind IN ('DEPOSIT', 'DEPOSIT_RELEASED', 'DEPOSIT_RETURNED')
        JOIN settlement_posting p ON p.entry_id = n.id
        WHERE n.id IN (SELECT id FROM entry_in)
        UNION ALL
        SELECT d.profile_id, d.asset_id, -d.amount, 'D' || d.id || '-' || d.act_id, 'DEPOSIT_FAILURE', 'DEPOSIT', d.id,
               NULL::uuid, d.event_at
        FROM ({DEPOSITS_GONE}) d
    ) AS act (profile_id, asset_id, amount, tx_id, tx_type, entry_kind, id, entry_id, event_at)
    WHERE act.event_at >= {{since}}
"""  # noqa: S608 - made of constants only

WITH_ENTRIES = f"entry_in AS MATERIALIZED ({ENTRIES_IN})"


def moves(since: str) -> str:
    """The moves that are in, from ``since`` (an SQL expression) on; stands after ``WITH_SEALED`` and ``WITH_ENTRIES``."""
    return " UNION ALL ".join(part.format(since=since) for part in (POSTED, ORDERED, WITHDRAWN, PENDING))


MOVES_READ = {
    **SEALED_READS,
    "core_auditentry": ("id", "object_type", "object_id", "action", "event_at"),
    "settlement_asset": ("id", "code", "scale"),
    "settlement_ledgeraccount": ("id", "kind", "asset_id", "profile_id"),
    "settlement_entry": ("id", "kind", "event_at", "source_id", "group_id"),
    "settlement_posting": ("id", "entry_id", "source_id", "destination_id", "asset_id", "amount"),
    "settlement_withdrawal": ("id", "profile_id", "rail_id", "net_amount", "fee_amount", "gross_amount"),
    "settlement_rail": ("id", "asset_id"),
    "settlement_deposit": ("id", "profile_id", "omnibus_id", "amount"),
    "trading_market": ("id", "base_id"),
    "trading_quote": ("id", "market_id"),
    "trading_quoteexecution": ("id", "quote_id"),
    "trading_trade": ("id", "market_id", "sequence", "buy_profile_id", "buy_order_id", "sell_order_id"),
    "trading_order": ("id", "profile_id", "hold_asset_id", "hold_amount"),
    "trading_orderevent": ("id", "market_id", "sequence", "order_id", "kind", "event_at", "hold_change", "trade_id"),
}
