"""Pages by key: every row once, whichever way one goes."""

import pytest

from core.domain.refusals import NotFound
from core.models import SealedRecord
from core.pages.keyset import read_keyset_page
from settlement.models import Asset

pytestmark = pytest.mark.django_db


def assets(count: int) -> list[Asset]:
    made = [Asset(code=f"A{number:03d}", name="x", kind="TOKEN", scale=0, payment_scale=0) for number in range(count)]
    Asset.objects.bulk_create(made)
    return made[::-1]


def test_without_a_key_the_newest_rows_come_first() -> None:
    made = assets(5)
    page = read_keyset_page(Asset.objects.all(), size=3)
    assert list(page.rows) == made[:3]
    assert (page.newer, page.older, page.is_newest) == (None, str(made[2].pk), True)


def test_there_and_back_meet_the_same_rows() -> None:
    made = assets(8)
    first = read_keyset_page(Asset.objects.all(), size=3)
    second = read_keyset_page(Asset.objects.all(), after=first.older or "", size=3)
    third = read_keyset_page(Asset.objects.all(), after=second.older or "", size=3)
    assert [*first.rows, *second.rows, *third.rows] == made
    assert third.older is None
    back = read_keyset_page(Asset.objects.all(), before=third.newer or "", size=3)
    assert list(back.rows) == list(second.rows)
    newest = read_keyset_page(Asset.objects.all(), before=back.newer or "", size=3)
    assert list(newest.rows) == list(first.rows)
    assert newest.is_newest


def test_a_page_of_exactly_its_size_is_the_last() -> None:
    assets(3)
    assert read_keyset_page(Asset.objects.all(), size=3).older is None


def test_a_page_that_lost_its_rows_leads_back_to_the_newest() -> None:
    made = assets(1)
    page = read_keyset_page(Asset.objects.all(), after=str(made[0].pk))
    assert (list(page.rows), page.newer, page.is_newest) == ([], "", False)


def test_no_rows_at_all_is_the_newest_page() -> None:
    page = read_keyset_page(Asset.objects.all())
    assert (list(page.rows), page.newer, page.older) == ([], None, None)


@pytest.mark.parametrize("key", ["x", "12", "01a20cd2-ce49-763e-bf02", "é"])
def test_a_key_that_is_none_is_not_found(key: str) -> None:
    for direction in ("after", "before"):
        with pytest.raises(NotFound):
            read_keyset_page(Asset.objects.all(), **{direction: key})


def test_numbers_are_keys_too_and_too_large_ones_are_none() -> None:
    assert SealedRecord._meta.pk is not None
    page = read_keyset_page(SealedRecord.objects.all(), after="5")
    assert list(page.rows) == []
    with pytest.raises(NotFound):
        read_keyset_page(SealedRecord.objects.all(), after="9" * 30)
