from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    """What can be shown."""

    name = "compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of the reports."""
        from compliance import checks  # noqa: F401
