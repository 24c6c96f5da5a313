"""What is done regularly, and how often."""

from typing import Any

from celery.schedules import crontab

__all__ = ["CELERY_BEAT_SCHEDULE"]

# Sweeps and other regular work: name -> {"task": dotted name, "schedule": seconds}. Each takes its work from
# its tables.
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "requeue-reports": {
        "task": "compliance.tasks.requeue_reports",
        "schedule": 2,
        # Not behind the reports that it is to start.
        "options": {"queue": "default"},
    },
    "sign-checkpoint": {
        "task": "compliance.tasks.sign_checkpoint",
        "schedule": 600,
        # Not behind a long report; the next one makes up for one that was not heard.
        "options": {"queue": "default", "expires": 600},
    },
    # What came of them is on the status page; see docs/integrity.md and docs/invariants.md.
    "check-books": {
        "task": "compliance.tasks.run_check",
        "args": ["BOOKS"],
        "schedule": 600,
        "options": {"expires": 300},
    },
    **{
        f"check-{kind.lower().replace('_', '-')}": {
            "task": "compliance.tasks.run_check",
            "args": [kind],
            "schedule": crontab(hour=hour, minute=minute, day_of_week=day),
            "options": {"expires": 3_600},
        }
        for kind, day, hour, minute in (
            ("RECORD", "*", 2, 10),
            ("BOOKS_FULL", "*", 2, 40),
            ("RECORD_FULL", "sun", 3, 10),
        )
    },
    "cancel-forbidden-orders": {
        "task": "trading.tasks.cancel_forbidden_orders",
        "schedule": 2,
        "options": {"expires": 10},
    },
    "sweep-quotes": {"task": "trading.tasks.sweep_quotes", "schedule": 2, "options": {"expires": 10}},
    "follow-fees": {"task": "trading.tasks.follow_fees", "schedule": 60, "options": {"expires": 60}},
    "measure-volumes": {"task": "trading.tasks.measure_volumes", "schedule": crontab(minute=5)},
    "wake-markets": {"task": "trading.tasks.wake_markets", "schedule": 1, "options": {"expires": 10}},
    "keep-sessions": {"task": "trading.tasks.keep_sessions", "schedule": 1, "options": {"expires": 10}},
    "trip-dead-mans-switches": {
        "task": "trading.tasks.trip_dead_mans_switches",
        "schedule": 1,
        "options": {"expires": 10},
    },
    "keep-candles": {"task": "trading.tasks.keep_candles", "schedule": 1, "options": {"expires": 5}},
    # What assets are worth: each hour, and just before the day is cut off.
    "record-prices": {"task": "trading.tasks.record_prices", "schedule": crontab(minute=0)},
    "record-prices-at-cut-off": {"task": "trading.tasks.record_prices", "schedule": crontab(hour=23, minute=59)},
    "close-days": {"task": "settlement.tasks.close_days", "schedule": 60, "options": {"expires": 60}},
    "issue-statements": {"task": "settlement.tasks.issue_statements", "schedule": 600, "options": {"expires": 600}},
    "check-rights-to-hold": {"task": "settlement.tasks.check_rights_to_hold", "schedule": 86_400},
    "sweep-withdrawals": {"task": "settlement.tasks.sweep_withdrawals", "schedule": 2, "options": {"expires": 10}},
    "take-in-arrivals": {"task": "settlement.tasks.take_in_arrivals", "schedule": 2, "options": {"expires": 10}},
    "screen-deposits": {"task": "settlement.tasks.screen_deposits", "schedule": 2, "options": {"expires": 10}},
    "activate-destinations": {"task": "settlement.tasks.activate_destinations", "schedule": 60},
    "reconcile-accounts": {"task": "settlement.tasks.reconcile_all", "schedule": 300},
    "expire-approvals": {"task": "accounts.tasks.expire_approvals", "schedule": 60},
    # Days count, hours only make up for a beat that was not heard.
    "sweep-refreshes": {"task": "accounts.tasks.sweep_refreshes", "schedule": 3_600},
    "sweep-edge": {"task": "accounts.tasks.sweep_edge", "schedule": 60},
    "deliver-webhooks": {"task": "accounts.tasks.deliver_webhooks", "schedule": 1, "options": {"expires": 10}},
    "sweep-webhooks": {"task": "accounts.tasks.sweep_webhooks", "schedule": 60, "options": {"expires": 60}},
    "make-partitions": {"task": "core.tasks.make_partitions", "schedule": 21_600},
}
