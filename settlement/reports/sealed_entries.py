"""Which entries are in a report of the ledger: what its reports have in common."""

from core.contracts import Format, ParameterType, ReportParameter

# Sealed at or below the watermark, before the instant, and of a day that counts. `entry_seq` numbers sealed entries gaplessly.
SEALED_SIDES = """
    SELECT s.seal_seq, s.kind_seq AS entry_seq, n.id AS entry_id, n.business_date, n.event_at, n.recorded_at, n.kind,
           n.source_type, n.source_id, n.narrative, n.corrects_id, p.id AS posting_no, side.account_id, side.amount
    FROM settlement_entry n
    JOIN core_sealedrecord s ON s.kind = 'LEDGER_ENTRY' AND s.object_id = n.id AND s.seal_seq <= %(known_at)s
    JOIN settlement_posting p ON p.entry_id = n.id
    CROSS JOIN LATERAL (VALUES (p.destination_id, p.amount), (p.source_id, -p.amount)) AS side (account_id, amount)
    WHERE n.event_at < %(as_of)s AND n.business_date <= %(to_date)s
"""
# What a client reads of entry `n`, on an account of profile `of`. The reason of a manual journal is the staff's own, and who
# receives a transfer is not told the sender's name for it, also where it is taken back.
CLIENT_NARRATIVE = """
    CASE WHEN n.source_type = 'settlement.manual_journal' THEN (
             SELECT j.category FROM settlement_manualjournal j WHERE j.id = n.source_id)
         WHEN n.source_type = 'settlement.internal_transfer' THEN coalesce((
             SELECT n.narrative FROM settlement_internaltransfer i
             LEFT JOIN settlement_internaltransfer original ON original.id = i.reverses_id
             WHERE i.id = n.source_id AND coalesce(original.from_profile_id, i.from_profile_id) = {of}), 'Transfer')
         ELSE n.narrative END
"""
CLIENT_NARRATIVE_READS = {
    "settlement_internaltransfer": ("id", "from_profile_id", "reverses_id"),
    "settlement_manualjournal": ("id", "category"),
}

# Those whose accounts are an entity's, or all of the firm.
OF_ASKER = "(%(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid)"
ACCOUNTS = """
    JOIN settlement_ledgeraccount la ON la.id = t.account_id
    JOIN settlement_asset a ON a.id = la.asset_id
    LEFT JOIN accounts_profile pr ON pr.id = la.profile_id
"""

# Written apart, for control totals: each side of the postings for itself, by asset.
SEALED_POSTINGS = """
    SELECT p.source_id, p.destination_id, p.amount, p.asset_id, n.business_date
    FROM settlement_posting p, settlement_entry n
    WHERE n.id = p.entry_id AND n.event_at < %(as_of)s AND n.business_date <= %(to_date)s
      AND n.id IN (SELECT object_id FROM core_sealedrecord WHERE kind = 'LEDGER_ENTRY' AND seal_seq <= %(known_at)s)
"""
CHECKED_ACCOUNTS = """
    SELECT la.id, la.asset_id, la.kind FROM settlement_ledgeraccount la
    WHERE %(entity)s::uuid IS NULL
       OR la.profile_id IN (SELECT id FROM accounts_profile WHERE entity_id = %(entity)s::uuid)
"""

ENTRY_READS = {
    "core_sealedrecord": ("seal_seq", "kind", "kind_seq", "object_id"),
    "accounts_profile": ("id", "entity_id"),
    "settlement_asset": ("id", "code", "scale"),
    "settlement_ledgeraccount": ("id", "code", "kind", "asset_id", "profile_id"),
    "settlement_posting": ("id", "entry_id", "source_id", "destination_id", "asset_id", "amount"),
    "settlement_entry": (
        "id", "kind", "event_at", "recorded_at", "business_date", "source_type", "source_id", "narrative", "corrects_id",
    ),
}  # fmt: skip
LONGEST_PERIOD_DAYS = 366
PERIOD = (
    ReportParameter(name="entity", type=ParameterType.ENTITY, title="Entity", required=False),
    ReportParameter(name="from_date", type=ParameterType.DATE, title="First business date"),
    ReportParameter(
        name="to_date",
        type=ParameterType.DATE,
        title="Last business date",
        not_before="from_date",
        bound_days=LONGEST_PERIOD_DAYS,
    ),
)
EVERY_FORMAT = (Format.CSV, Format.SHEET_CSV, Format.JSON_LINES)
