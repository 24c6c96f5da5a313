"""The orders that their profiles may not have any more: what a control has left in the books."""

from uuid import UUID

from django.db import connection

MOST_AT_ONCE = 1_000

# Only profiles that have just lost a right, and of them only what is live: resting orders by the index of the books, and those
# on their way by the index of what waits. A profile's closed orders, however many, are not looked at.
FORBIDDEN = """
WITH lost AS MATERIALIZED (
    SELECT p.id, 'EXECUTE' = ANY (p.denied_actions) AS is_everything
    FROM accounts_permissionloss l JOIN accounts_profile p ON p.id = l.profile_id
    WHERE p.denied_actions && ARRAY['BUY', 'EXECUTE']::varchar[]
), live AS (
    SELECT o.id, o.side, o.profile_id FROM trading_order o
    WHERE o.status IN ('OPEN', 'DORMANT') AND o.profile_id IN (SELECT id FROM lost)
    UNION ALL
    SELECT o.id, o.side, o.profile_id FROM trading_instruction i JOIN trading_order o ON o.id = i.order_id
    WHERE i.status = 'PENDING' AND i.kind = 'PLACE' AND o.status = 'PENDING' AND o.profile_id IN (SELECT id FROM lost)
)
SELECT v.id FROM live v JOIN lost ON lost.id = v.profile_id
WHERE (lost.is_everything OR v.side = 'BUY')
    AND NOT EXISTS (
        SELECT 1 FROM trading_instruction c WHERE c.order_id = v.id AND c.kind = 'CANCEL' AND c.status = 'PENDING'
    )
ORDER BY v.id LIMIT %s
"""


def list_forbidden_orders() -> list[UUID]:
    """Up to ``MOST_AT_ONCE`` live orders of profiles that lost EXECUTE, or buys of those that lost BUY, in the order of their
    ids; without those for which a wish to cancel waits already.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORBIDDEN, [MOST_AT_ONCE])
        return [row[0] for row in cursor.fetchall()]
