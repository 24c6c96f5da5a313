"""Nobody decides on a role of their own; a policy is in every term what its one executed request said."""

from django.db import migrations, models

# Each replaces its predecessor of 0005 with more to compare.
FIT_DECISION = """
CREATE OR REPLACE FUNCTION accounts_fit_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked accounts_approvalrequest%ROWTYPE;
BEGIN
    -- The same lock that a decision takes: of two at once, the second sees what the first made of the request.
    SELECT * INTO asked FROM accounts_approvalrequest WHERE id = NEW.request_id FOR NO KEY UPDATE;
    IF NEW.payload_sha256 <> asked.payload_sha256 THEN
        PERFORM accounts_refuse_fact('decision_saw_the_same_payload', 'who decides saw what was asked');
    END IF;
    IF NEW.requester_id IS DISTINCT FROM asked.requested_by_id
        OR NEW.requester_person IS DISTINCT FROM asked.requester_person THEN
        PERFORM accounts_refuse_fact('decision_names_the_requester', 'a decision names who asked');
    END IF;
    IF NEW.approver_person <> (SELECT person_id FROM accounts_staffuser WHERE id = NEW.approver_id) THEN
        PERFORM accounts_refuse_fact('decision_names_the_person', 'a decision names the human behind the account');
    END IF;
    IF asked.subject_type = 'accounts.staff_user' AND EXISTS (
        SELECT 1 FROM accounts_staffuser WHERE id::text = asked.subject_id AND person_id = NEW.approver_person
    ) THEN
        PERFORM accounts_refuse_fact('approver_is_not_subject', 'nobody decides on what is about themselves');
    END IF;
    IF asked.status <> 'PENDING' OR NEW.decided_at >= asked.expires_at THEN
        PERFORM accounts_refuse_fact('decision_came_in_time', 'a decision comes while it is awaited');
    END IF;
    RETURN NEW;
END $$;
"""

ASK_POLICY = """
CREATE OR REPLACE FUNCTION accounts_ask_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM accounts_approvalrequest r WHERE r.id = NEW.approval_id AND r.action = 'POLICY_CHANGE'
            AND r.status = 'EXECUTED' AND r.payload ->> 'action' = NEW.action AND r.payload -> 'tiers' = NEW.tiers
            AND (r.payload ->> 'replaces_version')::integer = NEW.policy_version - 1
            AND (r.payload ->> 'expires_after_hours')::integer = NEW.expires_after_hours
            AND r.payload -> 'needs_reauthentication' = to_jsonb(NEW.needs_reauthentication)
            AND (r.payload ->> 'daily_limit')::numeric IS NOT DISTINCT FROM NEW.daily_limit
    ) THEN
        PERFORM accounts_refuse_fact(TG_NAME, 'a policy is what an executed request of its own said');
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_books_duties'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='approvalpolicy',
            constraint=models.UniqueConstraint(fields=('approval_id',), name='policy_change_is_used_once'),
        ),
        migrations.RunSQL(FIT_DECISION, migrations.RunSQL.noop),
        migrations.RunSQL(ASK_POLICY, migrations.RunSQL.noop),
    ]
