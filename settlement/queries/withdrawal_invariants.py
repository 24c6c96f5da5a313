"""What must always be true of withdrawals."""

from core.invariants import Invariant

# What each entry of a withdrawal posts, and between which accounts; the fee's posting is left out where there is none.
POSTED_BY_ITS_RECIPE = """
SELECT w.id::text, e.kind || ' of ' || w.net_amount || ' and a fee of ' || w.fee_amount || ' with postings: '
    || coalesce(string_agg(s.code || ' -> ' || d.code || ' ' || p.amount, ', '), 'none')
FROM settlement_withdrawal w
JOIN settlement_rail r ON r.id = w.rail_id
JOIN settlement_entry e ON e.source_id = w.id AND e.source_type = 'settlement.withdrawal'
LEFT JOIN settlement_posting p ON p.entry_id = e.id
LEFT JOIN settlement_ledgeraccount s ON s.id = p.source_id
LEFT JOIN settlement_ledgeraccount d ON d.id = p.destination_id
GROUP BY w.id, e.id, e.kind
HAVING count(*) <> CASE WHEN e.kind = 'WITHDRAWAL' AND w.fee_amount > 0 THEN 2 ELSE 1 END OR bool_and(CASE e.kind
    WHEN 'WITHDRAWAL' THEN s.kind = 'CLIENT' AND s.profile_id = w.profile_id AND (
        d.id = r.omnibus_id AND p.amount = w.net_amount
        OR d.kind = 'FEES' AND d.label = 'WITHDRAWAL' AND p.amount = w.fee_amount)
    WHEN 'WITHDRAWAL_RETURNED' THEN s.id = r.omnibus_id AND d.kind = 'CLIENT' AND d.profile_id = w.profile_id
        AND p.amount = w.net_amount END) IS NOT TRUE
"""

HAS_ITS_ENTRIES = """
SELECT coalesce(w.id, e.source_id)::text, coalesce(w.status, 'no withdrawal') || ' with entries ' || coalesce(e.kinds, 'none')
FROM settlement_withdrawal w
FULL JOIN (
    SELECT source_id, string_agg(kind, ' ' ORDER BY kind) AS kinds FROM settlement_entry
    WHERE source_type = 'settlement.withdrawal' GROUP BY source_id
) e ON e.source_id = w.id
WHERE coalesce(e.kinds, '') IS DISTINCT FROM CASE
    WHEN w.status = 'COMPLETED' THEN 'WITHDRAWAL'
    WHEN w.status = 'RETURNED' THEN 'WITHDRAWAL WITHDRAWAL_RETURNED'
    WHEN w.id IS NOT NULL THEN '' ELSE 'unknown' END
"""

AMOUNTS_ARE_AT_SCALE = """
SELECT w.id::text, 'withdrawal of ' || w.net_amount || ' and a fee of ' || w.fee_amount
FROM settlement_withdrawal w JOIN settlement_rail r ON r.id = w.rail_id JOIN settlement_asset a ON a.id = r.asset_id
WHERE w.net_amount <> round(w.net_amount, a.payment_scale) OR w.fee_amount <> round(w.fee_amount, a.scale)
"""

# A withdrawal that has been decided has the approval that says so, of itself and of nothing else.
WAS_APPROVED = """
SELECT w.id::text, w.status || ' with ' || w.approvals_given || ' of ' || w.approvals_required || ' approvals, its request is '
    || coalesce(q.status || ' of ' || q.subject_id, 'none')
FROM settlement_withdrawal w LEFT JOIN accounts_approvalrequest q ON q.id = w.approval_id
WHERE w.approvals_required > 0 AND (
    q.subject_id IS DISTINCT FROM w.id::text OR q.action <> 'WITHDRAWAL' OR q.approvals_required <> w.approvals_required
    OR (w.status IN ('APPROVED', 'SENT', 'ERRORED', 'COMPLETED', 'RETURNED', 'FAILED')
        AND (q.status <> 'EXECUTED' OR cardinality(q.approvers) < w.approvals_required)))
"""

WITHDRAWALS, ENTRIES = "settlement_withdrawal", "settlement_entry"
INVARIANTS = (
    Invariant("V6", "Each withdrawal is posted exactly by its recipe.", (WITHDRAWALS,), POSTED_BY_ITS_RECIPE),
    Invariant(
        "V7",
        "Each withdrawal has the entries of what became of it, and no other.",
        (WITHDRAWALS, ENTRIES),
        HAS_ITS_ENTRIES,
    ),
    Invariant("V9", "Withdrawals are at the scale that is paid.", (WITHDRAWALS,), AMOUNTS_ARE_AT_SCALE),
    Invariant("V7", "A withdrawal that went on was approved.", (WITHDRAWALS,), WAS_APPROVED),
)
