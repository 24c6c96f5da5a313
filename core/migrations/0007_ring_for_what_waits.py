"""The outbox rings for messages that wait, not for those that the relay itself wrote sealed."""

from django.db import migrations

FORWARDS = """
DROP TRIGGER outbox_rings ON core_outboxmessage;
CREATE TRIGGER outbox_rings AFTER INSERT ON core_outboxmessage FOR EACH ROW WHEN (NEW.sealed_at IS NULL)
    EXECUTE FUNCTION core_ring_outbox();
"""
BACKWARDS = """
DROP TRIGGER outbox_rings ON core_outboxmessage;
CREATE TRIGGER outbox_rings AFTER INSERT ON core_outboxmessage FOR EACH STATEMENT EXECUTE FUNCTION core_ring_outbox();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0006_audit_indexes")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
