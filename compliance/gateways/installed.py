"""The store and the keys of this installation, where its settings say they are."""

from django.conf import settings

from compliance.gateways.checkpoint_store import CheckpointStore
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore


def installed_store() -> ReportStore:
    """The store under `REPORT_DIR`."""
    return ReportStore(settings.REPORT_DIR)


def installed_keys() -> ManifestKeys:
    """The keys under `REPORT_KEYS_DIR`; a production installation has to bring its signing key."""
    return ManifestKeys(settings.REPORT_KEYS_DIR, may_create=not settings.IS_PRODUCTION)


def installed_checkpoints() -> CheckpointStore:
    """The checkpoints under `CHECKPOINT_DIR`."""
    return CheckpointStore(settings.CHECKPOINT_DIR)
