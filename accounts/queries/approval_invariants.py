"""V26: nothing under policy was done without enough other people, in time, with the right, over the same bytes."""

from collections.abc import Iterator
from datetime import datetime

from accounts.domain.approving import payload_sha256
from accounts.models import ApprovalRequest
from core.invariants import Breach, Invariant

# Rights are those of the moment: a grant was there before the decision was written, and had not ended when it was made; the role
# is taken with all permissions it has had. Persons are counted, not accounts.
EXECUTED_WAS_APPROVED = """
SELECT r.id::text, r.action || ' is ' || r.status || ' with ' || n.counted || ' of ' || r.approvals_required || ' approvals'
    || CASE WHEN n.rejected > 0 THEN ', and rejected' ELSE '' END
FROM accounts_approvalrequest r
CROSS JOIN LATERAL (
    SELECT count(DISTINCT d.approver_person) FILTER (
            WHERE d.verdict = 'APPROVE' AND d.approver_id = ANY (r.approvers) AND d.payload_sha256 = r.payload_sha256
            AND d.decided_at >= r.requested_at AND d.decided_at < r.expires_at
            AND d.approver_person IS DISTINCT FROM r.requester_person AND d.approver_id IS DISTINCT FROM r.requested_by_id
            AND NOT EXISTS (
                SELECT 1 FROM accounts_staffuser w WHERE r.subject_type = 'accounts.staff_user' AND w.id::text = r.subject_id
                    AND w.person_id = d.approver_person
            )
            AND EXISTS (
                SELECT 1 FROM accounts_rolegrant g WHERE g.staff_id = d.approver_id AND g.created_at <= d.created_at
                    AND (g.ended_at IS NULL OR g.ended_at >= d.decided_at)
                    AND (
                        EXISTS (SELECT 1 FROM accounts_role o WHERE o.id = g.role_id AND r.permission = ANY (o.permissions))
                        OR EXISTS (
                            SELECT 1 FROM accounts_rolehistory h
                            WHERE h.pgh_obj_id = g.role_id AND r.permission = ANY (h.permissions)
                        )
                    )
            )
        ) AS counted,
        count(*) FILTER (WHERE d.verdict = 'REJECT') AS rejected
    FROM accounts_approvaldecision d WHERE d.request_id = r.id
) n
WHERE r.status IN ('APPROVED', 'EXECUTED', 'FAILED') AND (n.counted < r.approvals_required OR n.rejected > 0)
"""

REQUEST_IS_OF_ITS_POLICY = """
SELECT r.id::text, r.action || ' takes ' || r.approvals_required || ' with ' || r.permission || ', as no tier of its policy does'
FROM accounts_approvalrequest r JOIN accounts_approvalpolicy p ON p.id = r.policy_id
WHERE p.action <> r.action OR NOT EXISTS (
    SELECT 1 FROM jsonb_array_elements(p.tiers) t WHERE (t ->> 'from_value')::numeric = r.tier_from_value
        AND (t ->> 'approvals')::integer = r.approvals_required AND t ->> 'permission' = r.permission
)
UNION ALL
SELECT p.id::text, p.action || ' version ' || p.policy_version || ' was not asked for and approved'
FROM accounts_approvalpolicy p
LEFT JOIN accounts_approvalrequest r ON r.id = p.approval_id AND r.action = 'POLICY_CHANGE' AND r.status = 'EXECUTED'
WHERE p.policy_version > 1 AND r.id IS NULL
UNION ALL
SELECT min(p.id::text), p.action || ' has a gap in its versions' FROM accounts_approvalpolicy p
GROUP BY p.action HAVING max(p.policy_version) <> count(*)
"""

# What an approval let happen says so in the record; what was asked and decided about it is told apart by its name.
ACT_HAD_ITS_APPROVAL = """
SELECT a.id::text, a.action || ' names the approval ' || a.approval_id || ', which is ' || coalesce(r.status, 'not there')
FROM core_auditentry a LEFT JOIN accounts_approvalrequest r ON r.id = a.approval_id
WHERE a.approval_id IS NOT NULL AND a.action NOT LIKE 'accounts.approval.%%' AND r.status IS DISTINCT FROM 'EXECUTED'
UNION ALL
SELECT r.id::text, r.action || ' is EXECUTED, and no act in the record names it' FROM accounts_approvalrequest r
WHERE r.status = 'EXECUTED' AND NOT EXISTS (
    SELECT 1 FROM core_auditentry a WHERE a.approval_id = r.id AND a.action NOT LIKE 'accounts.approval.%%'
)
"""


def find_changed_payloads(_at: datetime) -> Iterator[Breach]:
    """Requests whose payload is no longer the bytes that were hashed when it was asked."""
    rows = ApprovalRequest.objects.order_by("id").values_list("pk", "action", "payload", "payload_sha256")
    for key, action, payload, known in rows.iterator(chunk_size=1_000):
        if payload_sha256(payload) != known:
            yield str(key), f"the payload of {action} is not what was asked"


REQUESTS, POLICIES, AUDIT = "accounts_approvalrequest", "accounts_approvalpolicy", "core_auditentry"
DECISIONS = "accounts_approvaldecision"

INVARIANTS = (
    Invariant(
        "V26",
        "What was executed was approved in time by enough other people with the right.",
        (REQUESTS, DECISIONS),
        EXECUTED_WAS_APPROVED,
    ),
    Invariant("V26", "A payload is what was asked.", (REQUESTS,), find_changed_payloads),
    Invariant(
        "V26",
        "A request asks what its policy says, and each policy was approved.",
        (REQUESTS, POLICIES),
        REQUEST_IS_OF_ITS_POLICY,
    ),
    Invariant(
        "V26",
        "An act that names an approval had it, and each executed request is an act.",
        (AUDIT,),
        ACT_HAD_ITS_APPROVAL,
    ),
)
