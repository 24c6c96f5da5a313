"""The facts of sessions and switches: each with a statement that goes around Python to hit it."""

from collections.abc import Callable

_MARKET = "(SELECT id FROM trading_market ORDER BY id LIMIT 1)"
_SOMEBODY = "'019ab000-0000-7000-8000-00000000000a'"


def _insert(table: str, sound: dict[str, str], changes: dict[str, str], times: int) -> Callable[[], str]:
    values = sound | changes
    names, row = ", ".join(values), ", ".join(values.values())
    return lambda: f"INSERT INTO {table} ({names}) SELECT {row} FROM generate_series(1, {times}) n"


def _session(times: int = 1, **changes: str) -> Callable[[], str]:
    sound = {
        "id": "gen_random_uuid()", "market_id": _MARKET, "phase": "'CANCEL_ONLY'", "next_phase": "'AUCTION'",
        "starts_at": "'2026-03-03 02:00+00'", "ends_at": "'2026-03-03 02:30+00'", "reason": "'MAINTENANCE'",
        "status": "'PLANNED'",
    }  # fmt: skip
    return _insert("trading_marketsession", sound, changes, times)


def _switch(times: int = 1, **changes: str) -> Callable[[], str]:
    sound = {
        "id": "gen_random_uuid()", "scope": "'MARKET'", "scope_id": _MARKET, "reason": "'SYSTEM_FAULT'", "note": "''",
        "engaged_by": _SOMEBODY, "engaged_at": "now()",
    }  # fmt: skip
    return _insert("trading_killswitch", sound, changes, times)


def _armed(times: int = 1, **changes: str) -> Callable[[], str]:
    sound = {
        "id": "gen_random_uuid()", "timeout_seconds": "60",
        "credential_id": "(SELECT id FROM accounts_apicredential ORDER BY id LIMIT 1)",
        "profile_id": "(SELECT id FROM accounts_profile ORDER BY id LIMIT 1)",
    }  # fmt: skip
    return _insert("trading_deadmansswitch", sound, changes, times)


_LATER = {"released_at": "now() + interval '1 hour'"}

MARKETS = [
    ("sessions_do_not_overlap", _session(2)),
    ("sessions_do_not_overlap", _session(2, starts_at="'2026-03-03 02:00+00'::timestamptz + interval '29 minutes' * (n - 1)",
        ends_at="'2026-03-03 02:30+00'::timestamptz + interval '29 minutes' * (n - 1)")),
    ("session_runs_forward", _session(ends_at="'2026-03-03 02:00+00'")),
    ("session_leads_elsewhere", _session(next_phase="'CANCEL_ONLY'")),
    ("session_leads_elsewhere", _session(phase="'LUNCH'")),
    ("session_reason_is_known", _session(reason="'BORED'")),
    ("session_status_is_known", _session(status="'LATE'")),
    ("switch_is_engaged_once", _switch(2)),
    ("switch_scope_is_known", _switch(scope="'PLANET'")),
    ("switch_scope_is_known", _switch(scope="'FIRM'")),
    ("switch_scope_is_known", _switch(scope_id="'00000000-0000-0000-0000-000000000000'")),
    ("switch_reason_is_known", _switch(reason="'BORED'")),
    ("switch_is_released_whole", _switch(released_by="gen_random_uuid()")),
    ("switch_is_released_whole", _switch(released_by="gen_random_uuid()", released_at="now() - interval '1 hour'")),
    ("releaser_did_not_engage", _switch(released_by=_SOMEBODY, **_LATER)),
    ("profile_has_one_switch_per_credential", _armed(2)),
    ("switch_timeout_is_bounded", _armed(timeout_seconds="4")),
    ("switch_timeout_is_bounded", _armed(timeout_seconds="3601")),
]  # fmt: skip
