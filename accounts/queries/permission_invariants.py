"""What must always be true of what clients may do."""

from core.invariants import Invariant

# The grid asked again, for everybody at once.
PERMISSIONS_ARE_WHAT_THE_GRID_MAKES = """
SELECT p.id::text, 'denied ' || array_to_string(p.denied_actions, ' ') || ', reviewed '
    || array_to_string(p.reviewed_actions, ' ') || '; by the grid denied '
    || coalesce(array_to_string(n.denied, ' ') || ', reviewed ' || array_to_string(n.reviewed, ' '), 'unknown')
FROM accounts_profile p
LEFT JOIN accounts_permissions_of((SELECT array_agg(id) FROM accounts_profile)) n ON n.profile_id = p.id
WHERE (p.denied_actions::text[] = n.denied AND p.reviewed_actions::text[] = n.reviewed) IS NOT TRUE
"""

CONTROLS_ARE_SOUND = """
SELECT id::text, kind || ' set by ' || set_by || ' for ' || reason_code || ', overridable ' || is_overridable
FROM accounts_identitycontrol
WHERE (kind = 'FROZEN' OR reason_code = 'LEGAL_ORDER') AND is_overridable
UNION ALL
SELECT max(id::text), kind || ' is active ' || count(*) || ' times' FROM accounts_identitycontrol
WHERE cleared_at IS NULL GROUP BY identity_id, kind HAVING count(*) > 1
"""

PROFILES, CONTROLS = "accounts_profile", "accounts_identitycontrol"

INVARIANTS = (
    Invariant(
        "V17",
        "What each profile may do is what the grid makes of its owners.",
        (PROFILES, CONTROLS),
        PERMISSIONS_ARE_WHAT_THE_GRID_MAKES,
    ),
    Invariant(
        "V17", "A control of a kind is active once; freezes are not overridable.", (CONTROLS,), CONTROLS_ARE_SOUND
    ),
)
