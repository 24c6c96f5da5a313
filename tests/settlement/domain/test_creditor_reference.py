"""ISO 11649 references and BIP 173 addresses, against examples that others published."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.domain.bech32 import encode
from settlement.domain.creditor_reference import find_references, is_sound, make_reference

BODIES = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=21)


@pytest.mark.parametrize("reference", ["RF18539007547034", "RF712348231"])
def test_published_references_are_sound(reference: str) -> None:
    """The examples of the standard's users: 539007547034 and 2348231."""
    assert is_sound(reference)
    assert make_reference(reference[4:]) == reference


@given(BODIES)
def test_what_is_made_is_found_again_however_it_is_written(body: str) -> None:
    reference = make_reference(body)
    printed = " ".join(reference[place : place + 4] for place in range(0, len(reference), 4))
    assert find_references(reference) == [reference]
    assert find_references(printed.lower()) == [reference]
    assert find_references(f"Invoice 7: {reference}, thank you") == [reference]


@given(BODIES, st.data())
def test_one_wrong_character_of_its_kind_is_never_another_sound_reference(body: str, data: st.DataObject) -> None:
    reference = make_reference(body)
    place = data.draw(st.integers(2, len(reference) - 1))
    other = data.draw(st.sampled_from(sorted(set(string.ascii_uppercase + string.digits) - {reference[place]})))
    wrong = reference[:place] + other + reference[place + 1 :]
    # 97 is a prime: a difference of one place is always found. A letter for a digit moves what stands before it: nearly always.
    if other.isdigit() == reference[place].isdigit():
        assert not is_sound(wrong)


@pytest.mark.parametrize("body", ["", "a", "A-B", "A" * 22, "Ä"])
def test_what_is_no_body_makes_none(body: str) -> None:
    with pytest.raises(ValueError, match="no body"):
        make_reference(body)


@pytest.mark.parametrize("text", ["", "RF", "RF00", "RF18539007547035", "XRF18539007547034", "RF18539007547034X"])
def test_what_is_none_is_not_found(text: str) -> None:
    assert find_references(text) == []


@pytest.mark.parametrize(
    ("prefix", "version", "program", "address"),
    [
        ("bc", 0, "751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (
            "tb",
            0,
            "1863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
            "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        ),
    ],
)
def test_addresses_are_those_of_the_proposal(prefix: str, version: int, program: str, address: str) -> None:
    """The examples of BIP 173."""
    assert encode(prefix, version, bytes.fromhex(program)) == address


@pytest.mark.parametrize("length", [0, 1, 41])
def test_a_program_has_two_to_forty_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="2 to 40"):
        encode("sim", 0, bytes(length))
