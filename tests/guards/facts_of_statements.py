"""The facts of client statements: each with a statement that goes around Python to hit it."""

from collections.abc import Callable

_CLOSED = """
WITH closed AS (
    INSERT INTO settlement_businessday
        (business_date, cut_off_at, status, gates, version, prepared_by, signed_off_by, closed_at)
    VALUES ('2026-01-05', '2026-01-06 00:00+00', 'CLOSED', '{"snapshots": 1, "reconciliation": 1, "sign_off": 1}', 1,
        gen_random_uuid(), gen_random_uuid(), now())
)
"""


def _statement(times: int = 1, before: str = "", **changes: str) -> Callable[[], str]:
    """A sound statement of a day without anything, but for its changes."""
    values = {
        "id": "gen_random_uuid()", "profile_id": "(SELECT id FROM accounts_profile ORDER BY id LIMIT 1)",
        "period_start": "'2026-01-05'", "period_end": "'2026-01-05'", "year": "2026", "sequence": "1",
        "number": "'2026-0001'", "reason": "''", "known_at": "(SELECT min(seal_seq) FROM core_sealedrecord)",
        "totals": """'{"assets": []}'""", "movement_count": "0", "subject_id": "gen_random_uuid()", "storage_key": "'x'",
        "sha256": "repeat('a', 64)", "issued_at": "now()", "issued_by_kind": "'SYSTEM'",
    } | changes  # fmt: skip
    names, row = ", ".join(values), ", ".join(values.values())
    return lambda: (
        f"{before} INSERT INTO settlement_clientstatement ({names}) SELECT {row} FROM generate_series(1, {times}) n"
    )


_ITSELF = "'019ab000-0000-7000-8000-00000000000a'"
_TOLD = """'{"assets": [{"asset": "USD", "opening": "0", "credits": "1", "debits": "0", "closing": "1"}]}'"""

STATEMENTS = [
    ("statement_number_is_used_once", _statement(2, period_end="'2026-01-05'::date + n", period_start="'2026-01-01'")),
    ("statement_is_issued_once", _statement(2, sequence="n")),
    ("statement_is_corrected_once", _statement(2, sequence="n", supersedes_id=_ITSELF, reason="'late'")),
    ("statement_period_is_forward", _statement(period_start="'2026-01-06'")),
    ("statement_period_is_forward", _statement(period_start="'2025-01-04'")),
    ("statement_year_is_of_its_period", _statement(year="2025")),
    ("statement_year_is_of_its_period", _statement(sequence="0")),
    ("correction_has_reason", _statement(supersedes_id="gen_random_uuid()")),
    ("statement_does_not_correct_itself", _statement(id=_ITSELF, supersedes_id=_ITSELF, reason="'late'")),
    ("correction_is_of_the_same_period", _statement(supersedes_id="gen_random_uuid()", reason="'late'")),
    ("statement_has_its_document", _statement(sha256="'what'")),
    ("statement_has_its_document", _statement(storage_key="''")),
    ("statement_has_its_document", _statement(known_at="0")),
    ("statement_knows_a_seal", _statement(known_at="999999")),
    ("statement_adds_up", _statement(totals=_TOLD)),
    ("statement_covers_closed_days", _statement()),
    ("statement_number_is_gapless", _statement(before=_CLOSED, sequence="2", number="'2026-0002'")),
    ("statement_number_is_gapless", _statement(before=_CLOSED, number="'2026-1'")),
]
