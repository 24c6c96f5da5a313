"""A closed profile holds nothing, from both sides: it is closed empty, and nothing comes to it afterwards."""

from django.db import migrations

GUARD = """
CREATE FUNCTION settlement_refuse_full_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM settlement_ledgeraccount a WHERE a.profile_id = NEW.id AND (a.balance <> 0 OR a.held <> 0)
    ) THEN
        RAISE EXCEPTION 'profile % holds something', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
-- The row is locked when the trigger looks, and a booking to it waits for that lock (below).
CREATE TRIGGER closed_profile_is_empty BEFORE UPDATE OF status ON accounts_profile
    FOR EACH ROW WHEN (OLD.status <> 'CLOSED' AND NEW.status = 'CLOSED')
    EXECUTE FUNCTION settlement_refuse_full_profile();

CREATE FUNCTION settlement_refuse_closed_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever closes the profile holds its row: either that is done, or this is seen by it.
    PERFORM 1 FROM accounts_profile p WHERE p.id = NEW.profile_id AND p.status <> 'CLOSED' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'profile % is closed', NEW.profile_id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
-- Only the first value that comes to an account is looked at: a fill of one that holds something costs nothing.
CREATE TRIGGER value_goes_to_an_open_profile BEFORE UPDATE OF balance ON settlement_ledgeraccount
    FOR EACH ROW WHEN (NEW.profile_id IS NOT NULL AND OLD.balance = 0 AND NEW.balance <> 0)
    EXECUTE FUNCTION settlement_refuse_closed_profile();
CREATE TRIGGER value_begins_at_an_open_profile BEFORE INSERT ON settlement_ledgeraccount
    FOR EACH ROW WHEN (NEW.profile_id IS NOT NULL AND NEW.balance <> 0)
    EXECUTE FUNCTION settlement_refuse_closed_profile();
"""
UNGUARD = """
DROP TRIGGER value_begins_at_an_open_profile ON settlement_ledgeraccount;
DROP TRIGGER value_goes_to_an_open_profile ON settlement_ledgeraccount;
DROP FUNCTION settlement_refuse_closed_profile();
DROP TRIGGER closed_profile_is_empty ON accounts_profile;
DROP FUNCTION settlement_refuse_full_profile();
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0007_asset_history"), ("accounts", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
