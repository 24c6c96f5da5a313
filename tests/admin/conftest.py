"""The house that these tests go through."""

from tests.house import built_house, house

__all__ = ["built_house", "house"]
