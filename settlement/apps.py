from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "settlement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core.sealing import register_sealed_kind
        from settlement.queries.sealing import entry_records

        register_sealed_kind("LEDGER_ENTRY", entry_records, table="settlement_entry")
