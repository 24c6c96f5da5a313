"""Time limits that differ from the general ones, by the queue that a task is routed to."""

from typing import Any

REPORT_TIME_LIMIT_S = 900
REPORT_SOFT_TIME_LIMIT_S = 870


class ReportLimits:
    """Tasks of the queue `reports` may take fifteen minutes; all others half a minute."""

    def annotate(self, task: Any) -> dict[str, int] | None:
        """What Celery sets on a task when it is registered."""
        if str(task.name).startswith("compliance.tasks."):
            return {"time_limit": REPORT_TIME_LIMIT_S, "soft_time_limit": REPORT_SOFT_TIME_LIMIT_S}
        return None

    def annotate_any(self) -> None:
        """Nothing is set on every task."""
        return
