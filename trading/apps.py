from django.apps import AppConfig


class TradingConfig(AppConfig):
    name = "trading"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core.sealing import register_sealed_kind
        from trading.queries.sealing import batch_records

        register_sealed_kind("MARKET_BATCH", batch_records, table="trading_marketbatch")
