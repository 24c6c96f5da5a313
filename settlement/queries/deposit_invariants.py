"""What must always be true of deposits beyond their postings: who let them through, and whose they are."""

from core.invariants import Invariant

# What was taken back has the approval that says so, of itself and of nothing else, by others.
REVERSAL_WAS_APPROVED = """
SELECT d.id::text, d.status || ', its request is ' || coalesce(q.status || ' ' || q.action || ' of ' || q.subject_id, 'none')
FROM settlement_deposit d LEFT JOIN accounts_approvalrequest q ON q.id = d.approval_id
WHERE d.status = 'REVERSED' AND (q.action = 'DEPOSIT_REVERSAL' AND q.subject_id = d.id::text AND q.status = 'EXECUTED'
    AND cardinality(q.approvers) >= q.approvals_required AND cardinality(q.approvers) > 0) IS NOT TRUE
"""

# Of what an operator entered, the approval is of this very payment.
ENTRY_WAS_APPROVED = """
SELECT d.id::text, 'entered, and its request is ' || coalesce(q.status || ' ' || q.action, 'none')
FROM settlement_deposit d LEFT JOIN accounts_approvalrequest q ON q.id = d.entry_approval_id
WHERE d.entry_approval_id IS NOT NULL AND (q.action = 'DEPOSIT_ENTRY' AND q.payload ->> 'deposit_id' = d.id::text
    AND q.status = 'EXECUTED' AND cardinality(q.approvers) >= q.approvals_required AND cardinality(q.approvers) > 0) IS NOT TRUE
"""

ADDRESS_SAYS_WHOSE = """
SELECT d.id::text, 'arrived at an address of profile ' || i.profile_id || ', and is of ' || coalesce(d.profile_id::text, 'nobody')
FROM settlement_deposit d JOIN settlement_depositinstruction i ON i.id = d.instruction_id
WHERE i.profile_id IS DISTINCT FROM d.profile_id OR i.rail_id IS DISTINCT FROM d.rail_id
UNION ALL
SELECT d.id::text, 'came over a rail that ends in another account' FROM settlement_deposit d
JOIN settlement_rail r ON r.id = d.rail_id WHERE r.omnibus_id <> d.omnibus_id
"""

# Neither silence nor a hit lets anything through; of whom the travel rule asks, compliance has decided.
SOMEBODY_LET_IT_THROUGH = """
SELECT d.id::text, d.status || ' after screening ' || d.screening || ', released by nobody' FROM settlement_deposit d
WHERE d.status IN ('CREDITED', 'REVERSED') AND d.credited_by IS NULL
    AND (d.source <> 'OPENING' AND d.screening <> 'CLEAR' OR d.review_reason NOT IN ('', 'SCREENING'))
UNION ALL
SELECT d.id::text, 'released for TRAVEL_RULE, and nobody said who sent it' FROM settlement_deposit d
WHERE d.status IN ('CREDITED', 'REVERSED') AND d.review_reason = 'TRAVEL_RULE' AND d.informed_at IS NULL
"""

DEPOSITS, INSTRUCTIONS = "settlement_deposit", "settlement_depositinstruction"
INVARIANTS = (
    Invariant("V7", "A deposit that was taken back was approved by others.", (DEPOSITS,), REVERSAL_WAS_APPROVED),
    Invariant("V7", "A deposit that was entered by hand was approved by others.", (DEPOSITS,), ENTRY_WAS_APPROVED),
    Invariant("V7", "What arrives at an address is its owner's.", (DEPOSITS, INSTRUCTIONS), ADDRESS_SAYS_WHOSE),
    Invariant("V7", "What was looked at was let through by a person.", (DEPOSITS,), SOMEBODY_LET_IT_THROUGH),
)
