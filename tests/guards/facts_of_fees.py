"""The facts of schedules, assignments, plans and volumes: each with a statement that goes around Python to hit it."""

from collections.abc import Callable

from tests.guards.going_around import clone

NAN = "'NaN'::numeric"
SCHEDULE, TIER, ASSIGNMENT = "trading_feeschedule", "trading_feetier", "trading_feeassignment"
# One that was made for something else.
SOME_REQUEST = "(SELECT id FROM accounts_approvalrequest LIMIT 1)"
PROFILE = "(SELECT id FROM accounts_profile ORDER BY id LIMIT 1)"
ENTITY = "(SELECT id FROM accounts_entity ORDER BY id LIMIT 1)"
MARKET = "(SELECT id FROM trading_market LIMIT 1)"


def _schedule(**changes: str) -> Callable[[], str]:
    values = {"name": "'Other'", "in_force_from": "now()"} | changes
    return lambda: clone(SCHEDULE, **values)


def _insert(table: str, times: int = 1, **values: str) -> Callable[[], str]:
    names, row = ", ".join(values), ", ".join(values.values())
    return lambda: f"INSERT INTO {table} ({names}) SELECT {row} FROM generate_series(1, {times})"


def _assignment(times: int = 1, **changes: str) -> Callable[[], str]:
    values = {
        "id": "gen_random_uuid()", "entity_id": "NULL", "profile_id": PROFILE, "market_id": "NULL",
        "schedule_name": "'Standard'", "in_force_from": "now()", "approval_id": "NULL",
    } | changes  # fmt: skip
    return _insert(ASSIGNMENT, times, **values)


def _volume(times: int = 1, **changes: str) -> Callable[[], str]:
    values = {
        "id": "gen_random_uuid()", "profile_id": PROFILE, "market_id": MARKET, "business_date": "'2026-03-02'", "value": "1",
    } | changes  # fmt: skip
    return _insert("trading_tradedvolume", times, **values)


FEES = [
    ("schedule_version_is_used_once", _schedule(name="name", schedule_version="schedule_version")),
    ("one_schedule_version_in_force", _schedule(name="name", schedule_version="2", in_force_from="in_force_from")),
    ("schedule_has_rates_from_nothing", _schedule()),
    ("fee_schedule_was_approved", _schedule(name="name", schedule_version="2")),
    ("fee_schedule_was_approved", _schedule(name="name", schedule_version="2", approval_id=SOME_REQUEST)),
    ("one_assignment_in_force", _assignment(2)),
    ("assignment_is_of_one", _assignment(entity_id=ENTITY)),
    ("assignment_is_of_one", _assignment(profile_id="NULL")),
    ("fee_assignment_was_approved", _assignment()),
    ("fee_assignment_was_approved", _assignment(approval_id=SOME_REQUEST)),
    (
        "profile_has_one_plan_in_a_market",
        _insert("trading_feeplan", 2, id="gen_random_uuid()", profile_id=PROFILE, market_id=MARKET,
                tier_id=f"(SELECT id FROM {TIER} LIMIT 1)"),
    ),
    ("traded_volume_is_kept_once", _volume(2)),
    ("traded_volume_is_finite", _volume(value=NAN)),
    ("entity_volume_is_finite", _insert("trading_entityvolume", entity_id=ENTITY, value=NAN)),
    # A tier that comes later than its schedule's request says.
    (
        "fee_tier_was_approved",
        lambda: (
            f"ALTER TABLE {SCHEDULE} DISABLE TRIGGER USER; UPDATE {SCHEDULE} SET approval_id = {SOME_REQUEST};"
            f"ALTER TABLE {SCHEDULE} ENABLE TRIGGER USER;" + clone(TIER, from_volume="5")
        ),
    ),
]  # fmt: skip
