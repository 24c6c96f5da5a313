"""Django's entry to the composition root."""

from django.apps import AppConfig


class ConfigAppConfig(AppConfig):
    """Loads the Celery app, so that every process publishes by its settings, and registers the pins."""

    name = "config"

    def ready(self) -> None:
        """Import what registers itself."""
        from config import celery, checks  # noqa: F401
