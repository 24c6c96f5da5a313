"""Django's entry to the composition root."""

from django.apps import AppConfig
from django.conf import settings


class ConfigAppConfig(AppConfig):
    """Loads the Celery app, so that every process publishes by its settings, and registers the pins."""

    name = "config"

    def ready(self) -> None:
        """Import what registers itself; the supervisor needs nothing of it."""
        if settings.PROCESS == "up":
            return
        from config import celery, checks  # noqa: F401
