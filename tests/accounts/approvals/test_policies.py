"""Policies as data: sound tiers, one version in force, no change without an executed request."""

import pytest

from accounts.domain.approving import DEFAULT_TIERS, tiers_json
from accounts.models import ApprovalPolicy

pytestmark = pytest.mark.django_db


def test_the_house_begins_with_a_policy_for_every_action():
    found = dict(ApprovalPolicy.objects.values_list("action", "tiers"))
    assert found == {action: tiers_json(tiers) for action, tiers in DEFAULT_TIERS.items()}
