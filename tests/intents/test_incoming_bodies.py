"""What outside services send, by its type and its packing: what an agent is given, and what is refused."""

import base64
import gzip
import io
import random
import tracemalloc
import zlib
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from intents.engine.incoming import bodies, forms
from intents.kernel.errors import Invalid, InvalidField, PayloadTooLarge, UnsupportedEncoding

# Without a time, which would give tests another name in each process that collects them.
zipped = partial(gzip.compress, mtime=0)

LIMIT = 128 * 1024
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=XyZ"
CLOUD = {"ce-specversion": "1.0", "ce-id": "e1", "ce-source": "/printers/3", "ce-type": "com.example.printed"}
EVENT = {"specversion": "1.0", "id": "e1", "source": "/printers/3", "type": "com.example.printed"}


def read(body: bytes, content_type: str = "", encoding: str = "", **headers: str) -> dict[str, Any]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return bodies.result(bodies.unpacked(body, encoding), content_type=content_type, headers=given)


def parts(*fields: tuple[str, bytes], boundary: bytes = b"XyZ") -> bytes:
    """A form in parts; a field's name may bring more of its head along."""
    made = [
        b"--%s\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n" % (boundary, name.encode(), value)
        for name, value in fields
    ]
    return b"".join(made) + b"--%s--\r\n" % boundary


CONTENTS: dict[str, tuple[bytes, str, dict[str, str], Any]] = {
    "json": (b'{"pages": 3}', "application/json; charset=utf-8", {}, {"pages": 3}),
    "nothing": (b"", "application/json", {}, {}),
    "form": (
        b"payload=%7B%22a%22%3A1%7D&tag=x&tag=%C3%BC&tag=&none=",
        FORM,
        {},
        {"payload": '{"a":1}', "tag": ["x", "ü", ""], "none": ""},
    ),
    "form in Latin-1": (b"city=K%F6ln+am+Rhein", f"{FORM}; charset=ISO-8859-1", {}, {"city": "Köln am Rhein"}),
    "parts": (
        parts(('"pages"', b"3"), ('"note"', "für\r\n\r\nalle".encode()), ('"tag"', b"a"), ("tag", b"")),
        PARTS,
        {},
        {"pages": "3", "note": "für\r\n\r\nalle", "tag": ["a", ""]},
    ),
    "parts in quotes": (
        b"before\r\n" + parts(('"a"', b"1"), boundary=b"a b") + b"after",
        'multipart/form-data; boundary="a b"',
        {},
        {"a": "1"},
    ),
    "text": (b"done", "text/plain", {}, {"body": "done", "content_type": "text/plain"}),
    "text in Latin-1": (
        b"fertig \xfc",
        "text/plain; charset=iso-8859-1",
        {},
        {"body": "fertig ü", "content_type": "text/plain; charset=iso-8859-1"},
    ),
    "event of its own": (
        b'{"specversion": "1.0", "id": "e1", "source": "/printers/3", "type": "com.example.printed", "data": {"pages": 3}}',
        "application/cloudevents+json; charset=utf-8",
        {},
        EVENT | {"data": {"pages": 3}},
    ),
    "event in headers": (
        b'{"pages": 3}',
        "application/json",
        CLOUD | {"ce-subject": "tray%20%C3%BC", "ce-priority": "5", "ce-Not_One": "x", "other": "x"},
        EVENT | {"subject": "tray ü", "priority": "5", "datacontenttype": "application/json", "data": {"pages": 3}},
    ),
    "event with a list": (b"[1]", "application/json", CLOUD, EVENT | {"datacontenttype": "application/json", "data": [1]}),
    "event with text": (b"3 p", "text/plain", CLOUD, EVENT | {"datacontenttype": "text/plain", "data": "3 p"}),
    "event with bytes": (
        b"\x89PNG\x00",
        "image/png",
        CLOUD,
        EVENT | {"datacontenttype": "image/png", "data_base64": base64.b64encode(b"\x89PNG\x00").decode()},
    ),
    "event of nothing": (b"", "", CLOUD, EVENT),
}
PACKED = {
    "": lambda body: body,
    "identity": lambda body: body,
    "gzip": zipped,
    "X-GZIP": zipped,
    " gzip ": lambda body: zipped(body[:5]) + zipped(body[5:]) + b"\0" * 7,
}


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("name", CONTENTS)
def test_every_type_is_read_in_every_packing(name: str, encoding: str) -> None:
    body, content_type, headers, wanted = CONTENTS[name]
    found = bodies.result(bodies.unpacked(PACKED[encoding](body), encoding), content_type=content_type, headers=headers)
    if name.startswith(("form", "parts")):
        assert found.pop("form") == wanted
        wanted = {"body": found["body"], "content_type": content_type}
        assert found["body"].encode("iso-8859-1" if "Latin-1" in name else "utf-8") == body
    assert found == wanted


@pytest.mark.parametrize(
    ("body", "encoding", "kind", "reason"),
    [
        (zipped(b'{"pages": 3}')[:-1], "gzip", InvalidField, "ends too early"),
        (zipped(b'{"pages": 3}')[:9], "gzip", InvalidField, "ends too early"),
        (zipped(b"{}") + zipped(b" ")[:-3], "gzip", InvalidField, "ends too early"),
        (b"", "gzip", InvalidField, "ends too early"),
        (b'{"pages": 3}', "gzip", InvalidField, "not gzip"),
        (zipped(b"{}") + b"more", "gzip", InvalidField, "not gzip"),
        (zlib.compress(b"{}"), "gzip", InvalidField, "not gzip"),
        (zipped(b'{"pages": 3}')[:-8] + b"\0" * 8, "gzip", InvalidField, "not gzip"),
        (zipped(b"") * 101, "gzip", InvalidField, "more than 100 parts"),
        (b"x" * (LIMIT + 1), "", PayloadTooLarge, str(LIMIT)),
        (b"x" * (LIMIT + 1), "br", PayloadTooLarge, str(LIMIT)),
        (zipped(b"x" * (LIMIT + 1)), "gzip", PayloadTooLarge, str(LIMIT)),
        (zipped(b"x" * LIMIT) * 2, "gzip", PayloadTooLarge, str(LIMIT)),
        *(
            (b"{}", one, UnsupportedEncoding, one[:40])
            for one in ("br", "deflate", "gzip, gzip", "gzip,identity", "x" * 200)
        ),
    ],
)
def test_what_cannot_be_unpacked_is_refused(body: bytes, encoding: str, kind: type[Invalid], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        bodies.unpacked(body, encoding)


def test_as_much_as_is_allowed_is_unpacked() -> None:
    assert len(bodies.unpacked(zipped(b"x" * LIMIT), "gzip")) == LIMIT


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    """128 KiB of gzip are up to 128 MiB of zeros."""
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb") as packed:
        for _ in range(100):
            packed.write(bytes(1024 * 1024))
    bomb = made.getvalue()
    assert len(bomb) < LIMIT
    tracemalloc.start()
    with pytest.raises(PayloadTooLarge):
        bodies.unpacked(bomb, "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * LIMIT


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "reason"),
    [
        (b"a=%FF", FORM, {}, "no text in utf-8"),
        (b"a=\xff", FORM, {}, "neither JSON nor text"),
        (b"a=%00", FORM, {}, "NUL"),
        (b"a=1", f"{FORM}; charset=utf-7", {}, "neither JSON nor text"),
        ("a=1".encode("utf-16"), f"{FORM}; charset=utf-16", {}, "not sent in utf-16"),
        (b"&".join([b"a=1"] * (forms.FIELDS + 1)), FORM, {}, "more than 1000 fields"),
        (parts(('"a"', b"\xff")), PARTS, {}, "neither JSON nor text"),
        (parts(('"f"; filename="x.png"', b"\x89PNG")), PARTS, {}, "neither JSON nor text"),
        (b"\xff", "text/plain; charset=utf-8", {}, "neither JSON nor text"),
        (b"\xfc", "text/plain; charset=us-ascii", {}, "neither JSON nor text"),
        (b"x", "text/plain; charset=rot13", {}, "neither JSON nor text"),
        (b"[]", "application/cloudevents+json", {}, "a JSON object"),
        (b"{}", "application/cloudevents+json", {}, "specversion"),
        (b'{"specversion": "1.0", "id": 3, "source": "/", "type": "t"}', "application/cloudevents+json", {}, "id: "),
        (b"{}", "application/json", CLOUD | {"ce-type": ""}, "type: "),
        (b"{}", "application/json", {"ce-specversion": "1.0"}, "id: "),
        (b"{", "application/json", CLOUD, "not JSON"),
        (b"{}", "application/json", CLOUD | {"ce-subject": "%ff"}, "no UTF-8"),
        (b"{}", "application/json", CLOUD | {"ce-subject": "%00"}, "NUL"),
        (b"x" * (LIMIT - 50), "image/png", CLOUD, str(LIMIT)),
    ],
)
def test_what_says_nothing_sound_is_refused(body: bytes, content_type: str, headers: dict[str, str], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        bodies.result(body, content_type=content_type, headers=headers)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (parts(('"a"', b"1"), ('"f"; filename="a.txt"', b"kept")), PARTS),
        (parts(('"a"', b"1"))[:-6], PARTS),
        (b"--XyZ\r\n\r\nno name\r\n--XyZ--", PARTS),
        (b"--XyZ\nContent-Disposition: form-data; name=a\n\n1\n--XyZ--", PARTS),
        (parts(("a\r\nContent-Transfer-Encoding: base64", b"MQ==")), PARTS),
        (parts(('"a"', b"1")), "multipart/form-data"),
        (parts(('"a"', b"1")), "multipart/mixed; boundary=XyZ"),
        (parts(*[('"a"', b"1")] * (forms.FIELDS + 1)), PARTS),
    ],
)
def test_of_parts_that_are_no_plain_form_nothing_is_lost(body: bytes, content_type: str) -> None:
    assert read(body, content_type) == {"body": body.decode(), "content_type": content_type}


def test_whatever_comes_is_read_or_refused_in_words() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    samples = [case[0] for case in CONTENTS.values()]
    types = [case[1] for case in CONTENTS.values()] + [";", "a;b", "x/y; charset", 'multipart/form-data; boundary="', "/"]
    for _ in range(2000):
        body = bytearray(rng.choice(samples))
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(body) + 1)
            body[at : at + rng.randrange(3)] = rng.choice([b"\r\n", b"--", b"%", b"\0", b'"', bytes([rng.randrange(256)])])
        content_type = rng.choice(types)
        if rng.random() < 0.3:
            at = rng.randrange(len(content_type) + 1)
            content_type = content_type[:at] + rng.choice(['"', ";", "=", "\xff", "*", "*0*=x''"]) + content_type[at:]
        with suppress(Invalid):
            read(bytes(body), content_type, **rng.choice([{}, {k.replace("-", "_"): v for k, v in CLOUD.items()}]))
