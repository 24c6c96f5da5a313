"""Small secrets of the house: sealed under the house's own data key, opened for the same purpose alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.gateways.key_ring import SealBroken
from accounts.gateways.key_store import open_text, seal_text


@given(text=st.text(), purpose=st.text(max_size=20))
@settings(max_examples=50, deadline=None)
def test_every_text_comes_back(text: str, purpose: str) -> None:
    assert open_text(seal_text(text, purpose=purpose), purpose=purpose) == text


def test_sealed_twice_it_looks_different_and_never_like_the_text() -> None:
    first, second = seal_text("JBSWY3DPEHPK3PXP"), seal_text("JBSWY3DPEHPK3PXP")
    assert first != second
    assert "JBSWY3DPEHPK3PXP" not in first
    assert first.isascii()
    assert first.startswith("v1.")


def test_sealed_for_another_purpose_it_stays_shut() -> None:
    sealed = seal_text("secret", purpose="totp")
    with pytest.raises(SealBroken):
        open_text(sealed, purpose="recovery")


@pytest.mark.parametrize("position", [3, 10, 20, -1])
def test_one_changed_character_is_found(position: int) -> None:
    sealed = list(seal_text("a secret of some length"))
    sealed[position] = "A" if sealed[position] != "A" else "B"
    with pytest.raises(SealBroken):
        open_text("".join(sealed))


@pytest.mark.parametrize("text", ["", "v1.", "v1.AAAA", "v2.AAAA", "JBSWY3DPEHPK3PXP", "v1.not base64!"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        open_text(text)
