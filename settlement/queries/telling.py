"""What the settlement app makes known to clients when messages are sealed: their balances, as they are then."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from core.telling import Telling, Waiting
from settlement.telling import Moved, list_moved

BALANCE = """
    jsonb_build_object('profile_id', a.profile_id, 'asset', s.code, 'balance', round(a.balance, s.scale)::text,
        'held', round(a.held, s.scale)::text, 'available', round(a.balance - a.held, s.scale)::text)
"""
# One message for each account however often it moved; the state is that of the sealing, so the last word is always true. Each
# account is looked up by its key, whatever the planner believes about the sizes (hence LIMIT).
BALANCES = """
SELECT p.entity_id, 'BALANCES'::varchar AS channel, 'settlement.balance.changed'::varchar AS topic,
    'settlement.ledger_account'::varchar AS subject_type, a.id AS subject_id,
    {balance} AS payload,
    clock_timestamp() AS occurred_at, a.id AS place
FROM (SELECT DISTINCT profile_id, asset_id FROM ({moved}) AS one) AS moved
JOIN settlement_asset s ON s.id = moved.asset_id
JOIN accounts_profile p ON p.id = moved.profile_id
CROSS JOIN LATERAL (
    SELECT * FROM settlement_ledgeraccount
    WHERE kind = 'CLIENT' AND asset_id = moved.asset_id AND profile_id = moved.profile_id AND label = '' LIMIT 1
) AS a
"""
OF_ENTITY = f"""
SELECT {BALANCE}::text FROM accounts_profile p
JOIN settlement_ledgeraccount a ON a.kind = 'CLIENT' AND a.profile_id = p.id AND a.label = ''
JOIN settlement_asset s ON s.id = a.asset_id
WHERE p.entity_id = %s ORDER BY a.id LIMIT %s
"""  # noqa: S608 - its one part is our own
OF_PAYLOAD = """
SELECT m.profile_id, s.id AS asset_id FROM unnest(%s::uuid[], %s::varchar[]) AS m (profile_id, code)
JOIN settlement_asset s ON s.code = m.code
"""
OF_JOURNALS = """
SELECT a.profile_id, a.asset_id FROM settlement_journalline l
JOIN settlement_ledgeraccount a ON a.id IN (l.source_id, l.destination_id) AND a.kind = 'CLIENT'
WHERE l.journal_id = ANY(%s::uuid[])
"""
MOVING = ("settlement.deposit.", "settlement.withdrawal.", "settlement.internal_transfer.")
JOURNALS = ("settlement.manual_journal.posted", "settlement.manual_journal.reversed")


def tell_balances(messages: Sequence[Waiting]) -> list[Telling]:
    """The balances that these messages moved: one statement, or none."""
    moved = list_moved(messages)
    if not moved:
        return []
    select = BALANCES.format(balance=BALANCE, moved=" UNION ALL ".join(each.select for each in moved))
    return [Telling(select, [value for each in moved for value in each.parameters])]


def moved_by_transfers(messages: Sequence[Waiting]) -> Moved | None:
    """Deposits, withdrawals and transfers, as their clients' messages say. Of what the house alone hears no balance is told."""
    named = [
        (str(profile_id), str(message.payload["asset"]))
        for message in messages
        if message.entity_id is not None and message.topic.startswith(MOVING)
        for key in ("profile_id", "from_profile_id", "to_profile_id")
        if (profile_id := message.payload.get(key)) is not None
    ]
    return Moved(OF_PAYLOAD, [[each[0] for each in named], [each[1] for each in named]]) if named else None


def moved_by_journals(messages: Sequence[Waiting]) -> Moved | None:
    """The client accounts on the lines of journals that were posted or taken back."""
    ids = [message.subject_id for message in messages if message.topic in JOURNALS]
    return Moved(OF_JOURNALS, [ids]) if ids else None


def read_balances(*, entity_id: UUID, limit: int) -> list[str]:
    """Up to ``limit`` balances of an entity's profiles, each as a message about it tells it, in JSON."""
    with connection.cursor() as cursor:
        cursor.execute(OF_ENTITY, [entity_id, limit])
        return [row[0] for row in cursor.fetchall()]
