from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core.queries.sealing import audit_records
        from core.sealing import register_sealed_kind

        register_sealed_kind("AUDIT_ENTRY", audit_records, table="core_auditentry")
