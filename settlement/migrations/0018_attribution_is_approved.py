"""Whose a deposit is that nobody could tell, others approve: of this very deposit, for this very profile."""

from django.db import migrations

GUARD = """
CREATE FUNCTION settlement_ask_attribution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM accounts_approvalrequest r
        WHERE r.action = 'DEPOSIT_ATTRIBUTION' AND r.subject_id = NEW.id::text
            AND r.payload ->> 'profile_id' = NEW.profile_id::text
            AND r.status IN ('APPROVED', 'EXECUTED') AND cardinality(r.approvers) > 0
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'a deposit of nobody is somebody''s once others have approved it');
    END IF;
    RETURN NEW;
END $$;
-- Of one that is not in the books yet, the feed says whose it is.
CREATE TRIGGER attributed_deposit_was_approved BEFORE UPDATE OF profile_id ON settlement_deposit
    FOR EACH ROW WHEN (OLD.profile_id IS NULL AND NEW.profile_id IS NOT NULL AND OLD.final_at IS NOT NULL)
    EXECUTE FUNCTION settlement_ask_attribution();
"""
UNGUARD = """
DROP TRIGGER attributed_deposit_was_approved ON settlement_deposit;
DROP FUNCTION settlement_ask_attribution();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0023_deposit_attribution'),
        ('settlement', '0017_deposits_asked_about'),
    ]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
