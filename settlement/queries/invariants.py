"""What must always be true of the books."""

from core.invariants import Invariant
from settlement.queries.book_invariants import BOOK_INVARIANTS
from settlement.queries.deposit_invariants import INVARIANTS as DEPOSITS_LET_THROUGH
from settlement.queries.withdrawal_invariants import INVARIANTS as WITHDRAWALS

BALANCES_SUM_TO_ZERO = """
SELECT asset_id::text, 'balances sum to ' || sum(balance) FROM settlement_ledgeraccount
GROUP BY asset_id HAVING sum(balance) <> 0
"""

BALANCE_IS_POSTINGS = """
WITH moved AS (
    SELECT account, sum(amount) AS amount FROM (
        SELECT destination_id AS account, sum(amount) AS amount FROM settlement_posting GROUP BY 1
        UNION ALL
        SELECT source_id, -sum(amount) FROM settlement_posting GROUP BY 1
    ) AS sides GROUP BY account
)
SELECT coalesce(a.id, m.account)::text,
    'balance ' || coalesce(a.balance::text, 'of no account') || ', postings come to ' || coalesce(m.amount, 0)
FROM settlement_ledgeraccount a FULL JOIN moved m ON m.account = a.id
WHERE a.id IS NULL OR a.balance <> coalesce(m.amount, 0)
"""

BALANCE_FITS_ITS_KIND = """
SELECT id::text, kind || ' with balance ' || balance || ' and held ' || held FROM settlement_ledgeraccount
WHERE NOT CASE kind
    WHEN 'CLIENT' THEN held >= 0 AND held <= balance
    WHEN 'HOUSE' THEN held >= 0 AND held <= balance
    WHEN 'OMNIBUS' THEN balance <= 0 AND held = 0
    WHEN 'CLEARING' THEN balance = 0 AND held = 0
    ELSE held = 0 END
"""

POSTING_IS_SOUND = """
SELECT p.id::text, 'amount ' || p.amount || ' of ' || coalesce(a.code, 'no asset')
    || ' from ' || coalesce(s.code, 'nowhere') || ' to ' || coalesce(d.code, 'nowhere')
FROM settlement_posting p
LEFT JOIN settlement_asset a ON a.id = p.asset_id
LEFT JOIN settlement_ledgeraccount s ON s.id = p.source_id
LEFT JOIN settlement_ledgeraccount d ON d.id = p.destination_id
WHERE (p.amount > 0 AND p.amount < 1e20 AND p.amount = round(p.amount, a.scale)
    AND s.asset_id = p.asset_id AND d.asset_id = p.asset_id AND p.source_id <> p.destination_id) IS NOT TRUE
UNION ALL
SELECT e.id::text, 'an entry without postings' FROM settlement_entry e
WHERE NOT EXISTS (SELECT 1 FROM settlement_posting p WHERE p.entry_id = e.id)
UNION ALL
SELECT p.id::text, 'a posting of no entry' FROM settlement_posting p
WHERE NOT EXISTS (SELECT 1 FROM settlement_entry e WHERE e.id = p.entry_id)
"""

# What each entry of a deposit posts, and between which accounts.
DEPOSIT_IS_POSTED_BY_ITS_RECIPE = """
SELECT d.id::text, e.kind || ' of a deposit of ' || d.amount || ' with postings: ' || coalesce(string_agg(
    s.code || ' -> ' || c.code || ' ' || p.amount, ', '), 'none')
FROM settlement_deposit d
JOIN settlement_entry e ON e.source_id = d.id AND e.source_type = 'settlement.deposit'
LEFT JOIN settlement_posting p ON p.entry_id = e.id
LEFT JOIN settlement_ledgeraccount s ON s.id = p.source_id
LEFT JOIN settlement_ledgeraccount c ON c.id = p.destination_id
GROUP BY d.id, e.id, e.kind
HAVING count(*) <> 1 OR bool_and(p.amount = d.amount AND CASE e.kind
    WHEN 'DEPOSIT' THEN s.id = d.omnibus_id AND s.kind = 'OMNIBUS' AND c.kind = 'CLIENT' AND c.profile_id = d.profile_id
    WHEN 'DEPOSIT_RECEIVED' THEN s.id = d.omnibus_id AND s.kind = 'OMNIBUS' AND c.kind = 'SUSPENSE'
    WHEN 'DEPOSIT_RELEASED' THEN s.kind = 'SUSPENSE' AND c.kind = 'CLIENT' AND c.profile_id = d.profile_id
    WHEN 'DEPOSIT_RETURNED' THEN s.kind = 'SUSPENSE' AND c.id = d.omnibus_id AND c.kind = 'OMNIBUS'
    WHEN 'DEPOSIT_REVERSED' THEN s.kind = 'CLIENT' AND s.profile_id = d.profile_id AND c.id = d.omnibus_id
        AND c.kind = 'OMNIBUS' END) IS NOT TRUE
"""

SUSPENSE_IS_EXPLAINED = """
SELECT coalesce(a.asset_id, d.asset_id)::text, 'SUSPENSE has ' || coalesce(a.balance, 0) || ', deposits under review come to '
    || coalesce(d.amount, 0)
FROM (SELECT asset_id, sum(balance) AS balance FROM settlement_ledgeraccount WHERE kind = 'SUSPENSE' GROUP BY 1) a
FULL JOIN (
    SELECT o.asset_id, sum(d.amount) AS amount
    FROM settlement_deposit d JOIN settlement_ledgeraccount o ON o.id = d.omnibus_id
    WHERE d.status IN ('UNDER_REVIEW', 'RETURNING') GROUP BY 1
) d ON d.asset_id = a.asset_id
WHERE coalesce(a.balance, 0) <> coalesce(d.amount, 0)
"""

# The entries that a deposit has, by what became of it: one after the other, each once.
DEPOSIT_HAS_ITS_ENTRIES = """
SELECT coalesce(d.id, e.source_id)::text, coalesce(d.status || ' ' || d.review_reason, 'no deposit') || ' with entries '
    || coalesce(e.kinds, 'none')
FROM settlement_deposit d
FULL JOIN (
    SELECT source_id, string_agg(kind, ' ' ORDER BY kind) AS kinds FROM settlement_entry
    WHERE source_type = 'settlement.deposit' GROUP BY source_id
) e ON e.source_id = d.id
WHERE d.id IS NULL OR coalesce(e.kinds, '') <> CASE
    WHEN d.status IN ('DETECTED', 'FAILED') THEN ''
    WHEN d.status = 'CREDITED' AND d.review_reason = '' THEN 'DEPOSIT'
    WHEN d.status = 'CREDITED' THEN 'DEPOSIT_RECEIVED DEPOSIT_RELEASED'
    WHEN d.status = 'REVERSED' AND d.review_reason = '' THEN 'DEPOSIT DEPOSIT_REVERSED'
    WHEN d.status = 'REVERSED' THEN 'DEPOSIT_RECEIVED DEPOSIT_RELEASED DEPOSIT_REVERSED'
    WHEN d.status IN ('UNDER_REVIEW', 'RETURNING') THEN 'DEPOSIT_RECEIVED'
    WHEN d.status = 'RETURNED' THEN 'DEPOSIT_RECEIVED DEPOSIT_RETURNED' ELSE 'unknown' END
"""

ENTRY_HAS_A_KNOWN_SOURCE = """
SELECT id::text, kind || ' of ' || source_type FROM settlement_entry
WHERE (kind, source_type) NOT IN (('TRADE', 'trading.trade'),
    ('QUOTE_EXECUTION', 'trading.quote_execution'), ('DEPOSIT', 'settlement.deposit'),
    ('DEPOSIT_RECEIVED', 'settlement.deposit'), ('DEPOSIT_RELEASED', 'settlement.deposit'),
    ('DEPOSIT_RETURNED', 'settlement.deposit'), ('DEPOSIT_REVERSED', 'settlement.deposit'),
    ('WITHDRAWAL', 'settlement.withdrawal'), ('WITHDRAWAL_RETURNED', 'settlement.withdrawal'),
    ('INTERNAL_TRANSFER', 'settlement.internal_transfer'), ('MANUAL_JOURNAL', 'settlement.manual_journal'),
    ('REVERSAL', 'settlement.internal_transfer'), ('REVERSAL', 'settlement.manual_journal'))
"""

AMOUNTS_ARE_AT_SCALE = """
SELECT l.id::text, 'ledger account with balance ' || l.balance || ', held ' || l.held
FROM settlement_ledgeraccount l JOIN settlement_asset a ON a.id = l.asset_id
WHERE l.balance <> round(l.balance, a.scale) OR l.held <> round(l.held, a.scale)
UNION ALL
SELECT d.id::text, 'deposit of ' || d.amount
FROM settlement_deposit d JOIN settlement_ledgeraccount l ON l.id = d.omnibus_id JOIN settlement_asset a ON a.id = l.asset_id
WHERE d.amount <> round(d.amount, a.scale)
"""

ENTRIES_ARE_SEALED_OR_QUEUED = """
SELECT coalesce(e.id, s.object_id)::text,
    CASE WHEN e.id IS NULL THEN 'sealed, and gone' WHEN s.object_id IS NULL THEN 'neither sealed nor waiting for it'
        ELSE 'sealed twice' END
FROM settlement_entry e
FULL JOIN (
    SELECT object_id FROM core_sealedrecord WHERE kind = 'LEDGER_ENTRY'
    UNION ALL SELECT object_id FROM core_unsealed WHERE kind = 'LEDGER_ENTRY'
) s ON s.object_id = e.id
GROUP BY e.id, s.object_id HAVING e.id IS NULL OR s.object_id IS NULL OR count(*) > 1
"""

SNAPSHOTS_CARRY_ON = """
SELECT s.id::text, s.business_date || ' opens with ' || s.opening || ' after ' || coalesce(b.closing, 0) || ', moves '
    || s.credits || ' and ' || s.debits || ', closes with ' || s.closing
FROM settlement_balancesnapshot s
LEFT JOIN settlement_balancesnapshot b ON b.account_id = s.account_id AND b.business_date = s.business_date - 1
WHERE s.opening <> coalesce(b.closing, 0) OR s.closing <> s.opening + s.credits - s.debits
UNION ALL
SELECT b.account_id::text, 'has no snapshot of ' || d.business_date
FROM settlement_businessday d JOIN settlement_balancesnapshot b ON b.business_date = d.business_date - 1
WHERE d.gates ? 'snapshots' AND NOT EXISTS (
    SELECT 1 FROM settlement_balancesnapshot s WHERE s.account_id = b.account_id AND s.business_date = d.business_date)
"""

SNAPSHOTS_ARE_POSTINGS = """
WITH moved AS (
    SELECT e.business_date, side.account_id, sum(side.credit) AS credits, sum(side.debit) AS debits
    FROM settlement_businessday d
    JOIN settlement_entry e ON e.business_date = d.business_date
    JOIN settlement_posting p ON p.entry_id = e.id
    CROSS JOIN LATERAL (
        VALUES (p.destination_id, p.amount, 0::numeric), (p.source_id, 0::numeric, p.amount)
    ) AS side (account_id, credit, debit)
    WHERE d.gates ? 'snapshots' GROUP BY 1, 2
)
SELECT coalesce(s.account_id, m.account_id)::text, 'on ' || coalesce(s.business_date, m.business_date) || ' moves '
    || coalesce(s.credits, 0) || ' and ' || coalesce(s.debits, 0) || ', its postings ' || coalesce(m.credits, 0) || ' and '
    || coalesce(m.debits, 0)
FROM settlement_balancesnapshot s
FULL JOIN moved m ON m.account_id = s.account_id AND m.business_date = s.business_date
WHERE coalesce(s.credits, 0) <> coalesce(m.credits, 0) OR coalesce(s.debits, 0) <> coalesce(m.debits, 0)
UNION ALL
SELECT e.id::text, 'is dated to ' || e.business_date || ', before the first day' FROM settlement_entry e
WHERE e.business_date < (SELECT min(business_date) FROM settlement_businessday WHERE status <> 'OPEN')
"""

DIFFERENCE_IS_EXPLAINED = """
SELECT r.id::text, r.status || ' with difference ' || coalesce(r.difference::text, 'none') || ', explained '
    || coalesce(sum(b.amount), 0)
FROM settlement_reconciliationrun r LEFT JOIN settlement_break b ON b.run_id = r.id
GROUP BY r.id
HAVING coalesce(r.difference, 0) <> coalesce(sum(b.amount), 0) OR (r.status = 'OPEN') <> (count(b.id) > 0)
UNION ALL
SELECT b.id::text, 'open in a run that another one has followed' FROM settlement_break b
JOIN settlement_reconciliationrun r ON r.id = b.run_id
WHERE b.status = 'OPEN' AND EXISTS (
    SELECT 1 FROM settlement_reconciliationrun n
    WHERE n.omnibus_id = r.omnibus_id AND n.status <> 'FAILED' AND (n.run_at, n.id) > (r.run_at, r.id))
UNION ALL
SELECT b.id::text, 'carried on from ' || b.carried_from_id || ', which is ' || o.status FROM settlement_break b
JOIN settlement_break o ON o.id = b.carried_from_id
WHERE o.status <> 'CARRIED' OR o.opened_on <> b.opened_on
UNION ALL
SELECT b.id::text, 'carried on to no other' FROM settlement_break b
WHERE b.status = 'CARRIED' AND NOT EXISTS (SELECT 1 FROM settlement_break n WHERE n.carried_from_id = b.id)
"""

LEDGER, ENTRIES, POSTINGS = "settlement_ledgeraccount", "settlement_entry", "settlement_posting"
SNAPSHOTS, DAYS = "settlement_balancesnapshot", "settlement_businessday"
DEPOSITS, RUNS, BREAKS = "settlement_deposit", "settlement_reconciliationrun", "settlement_break"

INVARIANTS = (
    Invariant("V1", "Per asset the balances of all ledger accounts sum to zero.", (LEDGER,), BALANCES_SUM_TO_ZERO),
    Invariant("V2", "Each balance is what came in less what went out.", (LEDGER, POSTINGS), BALANCE_IS_POSTINGS),
    Invariant("V3", "Covered accounts cover what they hold; only they hold.", (LEDGER,), BALANCE_FITS_ITS_KIND),
    Invariant(
        "V5",
        "Each posting moves a sound amount of one asset between two accounts; no entry is without.",
        (POSTINGS, ENTRIES),
        POSTING_IS_SOUND,
    ),
    Invariant("V6", "Each deposit is posted exactly by its recipe.", (DEPOSITS,), DEPOSIT_IS_POSTED_BY_ITS_RECIPE),
    Invariant("V6", "SUSPENSE holds what is under review.", (LEDGER, DEPOSITS), SUSPENSE_IS_EXPLAINED),
    Invariant(
        "V7", "Each deposit has the entries of what became of it, and no other.", (DEPOSITS,), DEPOSIT_HAS_ITS_ENTRIES
    ),
    Invariant("V7", "Each entry has a kind and a source that we know.", (ENTRIES,), ENTRY_HAS_A_KNOWN_SOURCE),
    Invariant("V8", "Each snapshot opens as the one before closed and adds up.", (SNAPSHOTS, DAYS), SNAPSHOTS_CARRY_ON),
    Invariant("V8", "The snapshots of a day are its postings.", (SNAPSHOTS, ENTRIES), SNAPSHOTS_ARE_POSTINGS),
    Invariant("V9", "Balances and deposits are at their asset's scale.", (LEDGER, DEPOSITS), AMOUNTS_ARE_AT_SCALE),
    Invariant("V27", "Each ledger entry is sealed or waits for it, once.", (ENTRIES,), ENTRIES_ARE_SEALED_OR_QUEUED),
    Invariant("V29", "Breaks explain each reconciliation exactly.", (RUNS, BREAKS), DIFFERENCE_IS_EXPLAINED),
    *DEPOSITS_LET_THROUGH,
    *WITHDRAWALS,
    *BOOK_INVARIANTS,
)
