"""What the history of rows asks for: which act the transaction is, said by its audit entries."""

from django.db import migrations

# The acts of this transaction, the last twenty of them, as a setting that ends with it.
FORWARDS = """
CREATE FUNCTION core_note_act() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acts jsonb := coalesce(nullif(current_setting('countinghouse.acts', true), ''), '[]')::jsonb;
BEGIN
    IF jsonb_array_length(acts) >= 20 THEN
        acts := acts - 0;
    END IF;
    PERFORM set_config('countinghouse.acts', (acts || jsonb_build_object(
        'audit_id', NEW.id, 'action', NEW.action, 'actor_kind', NEW.actor_kind, 'actor_id', NEW.actor_id,
        'request_id', NEW.request_id, 'approval_id', NEW.approval_id, 'object_id', NEW.object_id))::text, true);
    RETURN NEW;
END $$;
CREATE TRIGGER audit_entry_is_the_act BEFORE INSERT ON core_auditentry FOR EACH ROW EXECUTE FUNCTION core_note_act();

-- The act that names this object; of several, or where none does, the last.
CREATE FUNCTION core_act_of(object_id text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT act - 'object_id'
    FROM jsonb_array_elements(nullif(current_setting('countinghouse.acts', true), '')::jsonb) WITH ORDINALITY AS a (act, n)
    ORDER BY (act ->> 'object_id' = $1) DESC, n DESC LIMIT 1
$$;
"""

BACKWARDS = """
DROP TRIGGER audit_entry_is_the_act ON core_auditentry;
DROP FUNCTION core_act_of(text);
DROP FUNCTION core_note_act();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_gapless_seals")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
