"""The audit list is filtered by thing, actor, action and request; an id alone names a thing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0005_acts")]

    operations = [
        migrations.RemoveIndex("auditentry", "audit_of_object"),
        migrations.AddIndex("auditentry", models.Index(fields=["object_id", "id"], name="audit_of_thing")),
        migrations.AddIndex("auditentry", models.Index(fields=["action", "id"], name="audit_of_action")),
        migrations.AddIndex("auditentry", models.Index(fields=["request_id", "id"], name="audit_of_request")),
    ]
