"""Strict JSON in, one canonical form out."""

import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from intents.kernel import canonical
from intents.kernel.errors import InvalidField

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_a_value_survives_being_written_and_read(value: Any) -> None:
    assert _plain(canonical.loads(canonical.dumps(value))) == _plain(value)


def _plain(value: Any) -> Any:
    """Numbers by value: RFC 8785 writes 1.0 as 1, and -0.0 as 0."""
    match value:
        case bool():
            return value
        case int() | float():
            return float(value) + 0.0
        case list():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(one) for key, one in value.items()}
    return value


@given(VALUES)
def test_the_quick_way_of_writing_gives_what_the_careful_one_gives(value: Any) -> None:
    assert canonical.dumps(value) == rfc8785.dumps(value).decode()


@given(VALUES)
def test_writing_twice_gives_the_same_bytes(value: Any) -> None:
    text = canonical.dumps(value)
    assert canonical.dumps(canonical.loads(text)) == text


@given(st.dictionaries(TEXT, st.integers(-9, 9), min_size=2), st.randoms())
def test_the_order_of_keys_makes_no_difference(value: dict[str, int], chance: Any) -> None:
    shuffled = list(value.items())
    chance.shuffle(shuffled)
    assert canonical.dumps(dict(shuffled)) == canonical.dumps(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ({"ö": 1, "z": 2, "€": 3}, '{"z":2,"ö":1,"€":3}'),
        # By UTF-16 code units, so a character beyond the first plane comes before U+FB33.
        ({"\ufb33": 1, "😀": 2}, '{"😀":2,"\ufb33":1}'),
        ([1.0, -0.0, 1e21, 1e-7, 0.1, 333333333.33333329], "[1,0,1e+21,1e-7,0.1,333333333.3333333]"),
        ("\u0000"[:0] + '\b\t\n\f\r"\\\u001f/', r'"\b\t\n\f\r\"\\\u001f/"'),
        ([True, False, None, [], {}], "[true,false,null,[],{}]"),
    ],
)
def test_the_canonical_form_is_that_of_rfc_8785(value: Any, text: str) -> None:
    assert canonical.dumps(value) == text


def nested(levels: int, *, open_with: str = "[", close_with: str = "]") -> bytes:
    return (open_with * levels + close_with * levels).encode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"{", ""),
        (b"{} x", ""),
        (b'{"a": 1,}', ""),
        (b"{'a': 1}", ""),
        (b'{"a": 01}', ""),
        (b"\xff\xfe{}", ""),
        (b'{"a": NaN}', ""),
        (b'{"a": Infinity}', ""),
        (b'{"a": -Infinity}', ""),
        (b'{"a": 1e999}', "a"),
        (b'{"a": 1, "a": 2}', "a"),
        (b'{"a": {"b": 1, "c": 2, "b": 1}}', "b"),
        (b'{"a": [0, {"b": "x\\u0000y"}]}', "a.1.b"),
        (b'{"a": {"\\u0000": 1}}', "a.\\x00"),
        (b'{"a": "\\ud800"}', "a"),
        (b'{"a": "\\udc00\\ud800"}', "a"),
        (b'{"\\ud800": 1}', "\\ud800"),
        (b'{"a": 9007199254740992}', "a"),
        (b'{"a": -9007199254740992}', "a"),
        (b'{"a": 9007199254740993.0}', ""),
        (b'{"a": -12345678901234567.89}', ""),
        (b'{"a": ' + b"9" * 5000 + b"}", ""),
        (nested(65), ".".join(["0"] * 64)),
        (nested(100_000), ""),
    ],
)
def test_what_two_readers_could_take_differently_is_refused_by_its_path(body: bytes, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        canonical.parse(body)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\xef\xbb\xbf{}", {}),
        (b" \r\n\t[1]\n", [1]),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"9007199254740991", SAFE),
        (b"1e15", 1e15),
        (b"1e300", 1e300),
        (b"9007199254740994.0", 9007199254740994.0),
        (b"0.10000000000000001", 0.1),
        (b"0.33333333333333333333", 1 / 3),
        (nested(64), json.loads(nested(64))),
    ],
)
def test_sound_json_is_read(body: bytes, value: Any) -> None:
    assert canonical.parse(body) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = canonical.parse(body)
    except InvalidField:
        return
    canonical.dumps(value)


@given(st.text(alphabet='{}[]",:0123456789.eE+-\\utrfalsn\ud800 \x00', max_size=40))
def test_what_is_read_can_be_written(text: str) -> None:
    try:
        value = canonical.parse(text.encode("utf-8", "surrogatepass"))
    except InvalidField:
        return
    assert not isinstance(value, float) or math.isfinite(value)
    canonical.dumps(value)


def test_a_large_float_stays_one_through_every_reading() -> None:
    once = canonical.dumps(canonical.parse(b'{"a": 1e17}'))
    assert once == '{"a":100000000000000000}'
    assert canonical.dumps(canonical.loads(once)) == once


def test_a_digest_depends_on_text_and_salt() -> None:
    salt = canonical.new_salt()
    assert len(salt) == 16
    assert canonical.new_salt() != salt
    digests = {canonical.digest("{}"), canonical.digest("{}", salt), canonical.digest("[]", salt)}
    assert {len(one) for one in digests} == {32}
    assert len(digests) == 3
