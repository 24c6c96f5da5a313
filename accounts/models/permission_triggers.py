"""The triggers that keep each profile's permissions: whatever changes a status, a control or a member changes them with it.

Each sees all rows of its statement at once and calls ``accounts_keep_permissions`` (in the migrations), which locks the profiles
before it reads what decides for them: of two owners' changes at one time, the second sees the first.
"""

import pgtrigger

_OF_IDENTITIES = """
    PERFORM accounts_keep_permissions(ARRAY(
        SELECT DISTINCT m.profile_id FROM accounts_profilemember m WHERE m.until IS NULL AND m.identity_id IN ({identities})
    ));
    RETURN NULL;
"""
_OF_PROFILES = """
    PERFORM accounts_keep_permissions(ARRAY({profiles}));
    RETURN NULL;
"""


def _after(name: str, operation: pgtrigger.Operation, func: str, **tables: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        func=func,
    )


PERMISSIONS_FOLLOW_STATUS = _after(
    "permissions_follow_status",
    pgtrigger.Update,
    _OF_IDENTITIES.format(
        identities="SELECT n.id FROM fresh n JOIN was o ON o.id = n.id WHERE o.status IS DISTINCT FROM n.status"
    ),
    old="was",
    new="fresh",
)
PERMISSIONS_FOLLOW_NEW_CONTROLS = _after(
    "permissions_follow_new_controls",
    pgtrigger.Insert,
    _OF_IDENTITIES.format(identities="SELECT n.identity_id FROM fresh n"),
    new="fresh",
)
PERMISSIONS_FOLLOW_CLEARED_CONTROLS = _after(
    "permissions_follow_cleared_controls",
    pgtrigger.Update,
    _OF_IDENTITIES.format(identities="SELECT n.identity_id FROM fresh n"),
    new="fresh",
)
PERMISSIONS_FOLLOW_NEW_MEMBERS = _after(
    "permissions_follow_new_members",
    pgtrigger.Insert,
    _OF_PROFILES.format(profiles="SELECT DISTINCT n.profile_id FROM fresh n"),
    new="fresh",
)
PERMISSIONS_FOLLOW_ENDED_MEMBERS = _after(
    "permissions_follow_ended_members",
    pgtrigger.Update,
    _OF_PROFILES.format(profiles="SELECT DISTINCT n.profile_id FROM fresh n"),
    new="fresh",
)
PROFILE_PERMISSIONS_FOLLOW_THE_GRID = pgtrigger.Trigger(
    name="profile_permissions_follow_the_grid",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("denied_actions", "reviewed_actions"),  # type: ignore[no-untyped-call]
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM accounts_permissions_of(ARRAY[NEW.id]) AS n
            WHERE n.denied = NEW.denied_actions::text[] AND n.reviewed = NEW.reviewed_actions::text[]
        ) THEN
            RAISE EXCEPTION 'the permissions of profile % are what the grid makes of its owners', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'profile_permissions_follow_the_grid';
        END IF;
        RETURN NULL;
    """,
)
