"""What must always be true of transfers between profiles, of journals, and of what takes an entry back."""

from core.invariants import Invariant

TRANSFER_IS_POSTED_BY_ITS_RECIPE = """
SELECT t.id::text, e.kind || ' of a transfer of ' || t.amount || ' with postings: ' || coalesce(string_agg(
    s.code || ' -> ' || c.code || ' ' || p.amount, ', '), 'none')
FROM settlement_internaltransfer t
JOIN settlement_entry e ON e.source_id = t.id AND e.source_type = 'settlement.internal_transfer'
LEFT JOIN settlement_posting p ON p.entry_id = e.id
LEFT JOIN settlement_ledgeraccount s ON s.id = p.source_id
LEFT JOIN settlement_ledgeraccount c ON c.id = p.destination_id
GROUP BY t.id, e.id, e.kind
HAVING count(*) <> 1 OR bool_and(p.amount = t.amount AND p.asset_id = t.asset_id
    AND s.kind = 'CLIENT' AND s.profile_id = t.from_profile_id
    AND c.kind = 'CLIENT' AND c.profile_id = t.to_profile_id) IS NOT TRUE
"""

# One entry where it was executed; a mirror's is the reversal of what it names, and what it names says so.
TRANSFER_HAS_ITS_ENTRY = """
SELECT coalesce(t.id, e.source_id)::text, coalesce(t.status, 'no transfer') || ' with entries ' || coalesce(e.kinds, 'none')
FROM settlement_internaltransfer t
FULL JOIN (
    SELECT source_id, string_agg(kind, ' ' ORDER BY kind) AS kinds FROM settlement_entry
    WHERE source_type = 'settlement.internal_transfer' GROUP BY source_id
) e ON e.source_id = t.id
WHERE t.id IS NULL OR e.kinds IS DISTINCT FROM CASE
    WHEN t.status IN ('EXECUTED', 'REVERSED') AND t.reverses_id IS NULL THEN 'INTERNAL_TRANSFER'
    WHEN t.status = 'EXECUTED' THEN 'REVERSAL' END
UNION ALL
SELECT t.id::text, t.status || ' with ' || count(m.id) || ' executed mirrors' FROM settlement_internaltransfer t
LEFT JOIN settlement_internaltransfer m ON m.reverses_id = t.id AND m.status = 'EXECUTED'
GROUP BY t.id, t.status HAVING count(m.id) <> CASE t.status WHEN 'REVERSED' THEN 1 ELSE 0 END
"""

# Line by line what was posted is what was approved: neither more nor less.
JOURNAL_IS_POSTED_BY_ITS_LINES = """
WITH lines AS (
    SELECT l.journal_id AS id, l.source_id, l.destination_id, l.asset_id, l.amount FROM settlement_journalline l
    JOIN settlement_manualjournal j ON j.id = l.journal_id WHERE j.status IN ('POSTED', 'REVERSED')
), posted AS (
    SELECT e.source_id AS id, p.source_id, p.destination_id, p.asset_id, p.amount FROM settlement_entry e
    JOIN settlement_posting p ON p.entry_id = e.id WHERE e.source_type = 'settlement.manual_journal'
)
SELECT id::text, 'a line of ' || amount || ' that is not posted' FROM (TABLE lines EXCEPT ALL TABLE posted) missing
UNION ALL
SELECT id::text, 'a posting of ' || amount || ' that is no line' FROM (TABLE posted EXCEPT ALL TABLE lines) extra
"""

JOURNAL_HAS_ITS_ENTRY = """
SELECT coalesce(j.id, e.source_id)::text, coalesce(j.status, 'no journal') || ' with entries ' || coalesce(e.kinds, 'none')
FROM settlement_manualjournal j
FULL JOIN (
    SELECT source_id, string_agg(kind, ' ' ORDER BY kind) AS kinds FROM settlement_entry
    WHERE source_type = 'settlement.manual_journal' GROUP BY source_id
) e ON e.source_id = j.id
WHERE j.id IS NULL OR e.kinds IS DISTINCT FROM CASE
    WHEN j.status IN ('POSTED', 'REVERSED') AND j.reverses_id IS NULL THEN 'MANUAL_JOURNAL'
    WHEN j.status = 'POSTED' THEN 'REVERSAL' END
UNION ALL
SELECT j.id::text, j.status || ' with ' || count(m.id) || ' posted mirrors' FROM settlement_manualjournal j
LEFT JOIN settlement_manualjournal m ON m.reverses_id = j.id AND m.status = 'POSTED'
GROUP BY j.id, j.status HAVING count(m.id) <> CASE j.status WHEN 'REVERSED' THEN 1 ELSE 0 END
"""

REVERSAL_MIRRORS_ITS_ENTRY = """
WITH pairs AS (
    SELECT e.id, e.corrects_id FROM settlement_entry e WHERE e.kind IN ('REVERSAL', 'DEPOSIT_REVERSED')
        AND e.corrects_id IS NOT NULL
), mirrored AS (
    SELECT r.id, p.destination_id AS source_id, p.source_id AS destination_id, p.amount
    FROM pairs r JOIN settlement_posting p ON p.entry_id = r.corrects_id
), posted AS (
    SELECT r.id, p.source_id, p.destination_id, p.amount FROM pairs r JOIN settlement_posting p ON p.entry_id = r.id
)
SELECT id::text, 'does not take back ' || amount FROM (TABLE mirrored EXCEPT ALL TABLE posted) missing
UNION ALL
SELECT id::text, 'takes back ' || amount || ' that was not posted' FROM (TABLE posted EXCEPT ALL TABLE mirrored) extra
UNION ALL
SELECT coalesce(n.reversal_id, r.id)::text, 'is noted as taking back ' || coalesce(n.entry_id::text, 'nothing')
FROM settlement_entryreversal n
FULL JOIN (
    SELECT id, corrects_id FROM settlement_entry WHERE corrects_id IS NOT NULL
        AND kind IN ('REVERSAL', 'DEPOSIT_REVERSED', 'TRADE_BUST')
) r ON r.id = n.reversal_id AND r.corrects_id = n.entry_id
WHERE n.id IS NULL OR r.id IS NULL
"""

BOOKS_ARE_AT_SCALE = """
SELECT t.id::text, 'transfer of ' || t.amount FROM settlement_internaltransfer t
JOIN settlement_asset a ON a.id = t.asset_id WHERE t.amount <> round(t.amount, a.scale)
UNION ALL
SELECT l.journal_id::text, 'line of ' || l.amount FROM settlement_journalline l
JOIN settlement_asset a ON a.id = l.asset_id WHERE l.amount <> round(l.amount, a.scale)
"""

TRANSFERS, JOURNALS, LINES = "settlement_internaltransfer", "settlement_manualjournal", "settlement_journalline"
ENTRIES, POSTINGS, NOTES = "settlement_entry", "settlement_posting", "settlement_entryreversal"

BOOK_INVARIANTS = (
    Invariant("V6", "Each transfer is posted exactly by its recipe.", (TRANSFERS,), TRANSFER_IS_POSTED_BY_ITS_RECIPE),
    Invariant(
        "V6",
        "Each journal is posted exactly by its lines.",
        (JOURNALS, LINES),
        JOURNAL_IS_POSTED_BY_ITS_LINES,
    ),
    Invariant(
        "V6", "Each reversal is the mirror of one entry, once.", (ENTRIES, POSTINGS, NOTES), REVERSAL_MIRRORS_ITS_ENTRY
    ),
    Invariant(
        "V7", "Each transfer has the entry of what became of it, and no other.", (TRANSFERS,), TRANSFER_HAS_ITS_ENTRY
    ),
    Invariant(
        "V7", "Each journal has the entry of what became of it, and no other.", (JOURNALS,), JOURNAL_HAS_ITS_ENTRY
    ),
    Invariant("V9", "Transfers and journals are at their asset's scale.", (TRANSFERS, LINES), BOOKS_ARE_AT_SCALE),
)
