"""Let what the door reads follow what is in force: each market its schedule's version, each profile its tier."""

from datetime import datetime

from django.db import connection, transaction

from core.operations.record_audit import SYSTEM, record_audit
from trading.models import Market

# Two that follow at once take turns, and whoever brings new terms waits for who follows the old ones.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('trading.fees'))"

IN_FORCE = """
SELECT m.id, now_in_force.id, now_in_force.schedule_version
FROM trading_market m
JOIN trading_feeschedule held ON held.id = m.fee_schedule_id
JOIN LATERAL (
    SELECT s.id, s.schedule_version FROM trading_feeschedule s
    WHERE s.name = held.name AND s.in_force_from <= %(at)s ORDER BY s.in_force_from DESC LIMIT 1
) now_in_force ON now_in_force.id <> held.id
"""

# Who has more than nothing to say in a market: profiles with an assignment, profiles of entities whose volume reaches a second
# tier, and whoever has a plan already. The most specific assignment wins; a plan is written only where it changes. Fees are not
# rounded finer than what they are paid in: a schedule with more digits than the quote asset does not bind there.
PLANS = """
WITH in_force AS (
    SELECT DISTINCT ON (entity_id, profile_id, market_id) entity_id, profile_id, market_id, schedule_name
    FROM trading_feeassignment WHERE in_force_from <= %(at)s
    ORDER BY entity_id, profile_id, market_id, in_force_from DESC
), assigned AS (
    SELECT a.*, (a.profile_id IS NOT NULL)::int * 2 + (a.market_id IS NOT NULL)::int AS weight
    FROM in_force a WHERE a.schedule_name <> ''
), versions AS (
    SELECT DISTINCT ON (name) name, id FROM trading_feeschedule WHERE in_force_from <= %(at)s
    ORDER BY name, in_force_from DESC
), least AS (
    SELECT min(t.from_volume) AS volume FROM trading_feetier t JOIN versions v ON v.id = t.schedule_id WHERE t.from_volume > 0
), markets AS (
    SELECT m.id, m.fee_schedule_id, q.scale AS quote_scale FROM trading_market m JOIN settlement_asset q ON q.id = m.quote_id
), concerned AS (
    SELECT p.id, p.entity_id, m.id AS market_id, m.fee_schedule_id, m.quote_scale FROM accounts_profile p
    JOIN trading_entityvolume e ON e.entity_id = p.entity_id JOIN least ON e.value >= least.volume
    CROSS JOIN markets m
    UNION
    SELECT p.id, p.entity_id, m.id, m.fee_schedule_id, m.quote_scale FROM assigned a
    JOIN accounts_profile p ON p.id = a.profile_id OR p.entity_id = a.entity_id
    JOIN markets m ON a.market_id IS NULL OR m.id = a.market_id
    UNION
    SELECT p.id, p.entity_id, m.id, m.fee_schedule_id, m.quote_scale FROM trading_feeplan f
    JOIN accounts_profile p ON p.id = f.profile_id JOIN markets m ON m.id = f.market_id
), wanted AS (
    SELECT c.id AS profile_id, c.market_id, tier.id AS tier_id
    FROM concerned c
    LEFT JOIN LATERAL (
        SELECT v.id FROM assigned a JOIN versions v ON v.name = a.schedule_name
        JOIN trading_feeschedule x ON x.id = v.id AND x.fee_scale <= c.quote_scale
        WHERE (a.profile_id = c.id OR a.entity_id = c.entity_id) AND (a.market_id IS NULL OR a.market_id = c.market_id)
        ORDER BY a.weight DESC LIMIT 1
    ) own ON true
    LEFT JOIN trading_entityvolume e ON e.entity_id = c.entity_id
    JOIN LATERAL (
        SELECT t.id FROM trading_feetier t
        WHERE t.schedule_id = COALESCE(own.id, c.fee_schedule_id) AND t.from_volume <= COALESCE(e.value, 0)
        ORDER BY t.from_volume DESC LIMIT 1
    ) tier ON true
)
INSERT INTO trading_feeplan (id, profile_id, market_id, tier_id, updated_at)
SELECT gen_random_uuid(), profile_id, market_id, tier_id, %(at)s FROM wanted
ON CONFLICT ON CONSTRAINT profile_has_one_plan_in_a_market
DO UPDATE SET tier_id = EXCLUDED.tier_id, updated_at = EXCLUDED.updated_at WHERE trading_feeplan.tier_id <> EXCLUDED.tier_id
"""


def follow_fees(*, at: datetime) -> int:
    """Take the versions and assignments that are in force at ``at``; answers how many plans changed. Again changes nothing."""
    with transaction.atomic(durable=True):
        lock_fees()
        take_versions_in_force(at=at)
        return work_out_plans(at=at)


def lock_fees() -> None:
    """One at a time, to the end of the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def take_versions_in_force(*, at: datetime) -> None:
    """Each market under the version of its schedule that is in force, and the plans after it. Joins the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, {"at": at})
        moved = cursor.fetchall()
    for market_id, schedule_id, version in moved:
        market = Market.objects.select_for_update(no_key=True).get(pk=market_id)
        before = market.fee_schedule_id
        market.fee_schedule_id, market.version, market.updated_at = schedule_id, market.version + 1, at
        market.save(update_fields=["fee_schedule", "version", "updated_at"])
        record_audit(
            actor=SYSTEM,
            action="trading.market.follow_fees",
            object_type="trading.market",
            object_id=market_id,
            at=at,
            changes=[{"field": "fee_schedule", "before": str(before), "after": str(schedule_id)}],
            object_version=market.version,
            reason=f"Version {version} is in force",
        )
    if moved:
        work_out_plans(at=at)


def work_out_plans(*, at: datetime) -> int:
    """The tier of each profile that is not everybody's. Joins the caller's transaction; answers how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(PLANS, {"at": at})
        return int(cursor.rowcount)
