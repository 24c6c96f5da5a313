"""The JSON parser against its two neighbours: what the standard library takes, and what may come."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.strict_json import MAX_BODY_BYTES, parse_json, pointer_to
from core.domain.refusals import Refusal

TEXT = st.characters(codec="utf-8", exclude_characters="\x00")
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(TEXT),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(TEXT), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_plain_json_is_read_as_the_standard_library_reads_it(value):
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert parse_json(text.encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_refusal(body):
    try:
        parse_json(body)
    except Refusal as refusal:
        assert (refusal.code, refusal.status) == ("REQUEST_INVALID", 400)
        assert refusal.errors


@given(st.floats())
def test_no_float_is_ever_read(value):
    with pytest.raises(Refusal):
        parse_json(json.dumps([value]).encode())


def test_depth_twenty_is_read_and_twenty_one_is_not():
    assert parse_json(b"[" * 20 + b"]" * 20)
    with pytest.raises(Refusal):
        parse_json(b"[" * 21 + b"]" * 21)
    # Beside each other they are not deep, whatever their number.
    assert len(parse_json(b"[" + b"{}," * 1000 + b"{}]")) == 1001
    with pytest.raises(Refusal):
        parse_json(b'{"a":' * MAX_BODY_BYTES)


@pytest.mark.parametrize("text", ['"[[["', r'"\"[[["', r'"\\"', '"{{{]"'])
def test_brackets_in_texts_do_not_count(text):
    body = ("[" * 19 + text + ", [1]" * 10 + "]" * 19).encode()
    assert parse_json(body) == json.loads(body)


@pytest.mark.parametrize(
    "body", [b'"a\\u0000"', b'{"\\u0000": 1}', b'{"a": [{"b": "\\u0000"}]}', '{"ä\\u0000": 1}'.encode()]
)
def test_nothing_holds_a_nul(body):
    with pytest.raises(Refusal) as caught:
        parse_json(body)
    assert [error.code for error in caught.value.errors] == ["MALFORMED_JSON"]


def test_whole_numbers_have_sixteen_digits():
    assert parse_json(b"-9999999999999999") == -9999999999999999
    with pytest.raises(Refusal):
        parse_json(b"10000000000000000")


def test_errors_are_bounded_and_printable():
    with pytest.raises(Refusal) as caught:
        parse_json(b"[" + b"1.5," * 5000 + b"1]")
    assert len(caught.value.errors) == 100
    assert pointer_to("", "a/b~\ud800") == "/a~1b~0?"


def test_a_doubled_key_at_any_depth_is_named():
    with pytest.raises(Refusal) as caught:
        parse_json(b'{"a": [{"b": 1, "b": 2, "b": 3}]}')
    assert [(error.pointer, error.code) for error in caught.value.errors] == [("/a/0/b", "DUPLICATE_KEY")] * 2
