"""What must always be true of orders in view of what their profiles may do."""

from core.invariants import Invariant

# The sweep asks every 2 seconds; ten are the bound.
NOTHING_FORBIDDEN_IS_LIVE = """
SELECT o.id::text, o.side || ' ' || o.status || ' of profile ' || p.id || ', which may not '
    || array_to_string(p.denied_actions, ' ')
FROM trading_order o JOIN accounts_profile p ON p.id = o.profile_id
WHERE o.status IN ('PENDING', 'OPEN', 'DORMANT')
    AND ('EXECUTE' = ANY (p.denied_actions) OR (o.side = 'BUY' AND 'BUY' = ANY (p.denied_actions)))
    AND NOT EXISTS (
        SELECT 1 FROM accounts_permissionloss l
        WHERE l.profile_id = p.id AND l.lost_at > %(at)s - interval '10 seconds')
"""

INVARIANTS = (
    Invariant(
        "V17",
        "No order is live that its profile lost the right to more than 10 seconds ago.",
        ("trading_order",),
        NOTHING_FORBIDDEN_IS_LIVE,
    ),
)
