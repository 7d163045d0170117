"""Files are what they say they are: types by their bytes, names that deceive nobody."""

import pytest

from intents.files import types
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller
from tests.intents.media import FILES, announce, ready, send
from tests.intents.test_media import folder  # noqa: F401 - a fixture


@pytest.mark.parametrize("mime_type", types.TYPES)
def test_every_type_is_recognised_and_no_other_passes_for_it(shop: KeyCaller, mime_type: str) -> None:
    ready(shop, FILES[mime_type], mime_type)
    family = types.TYPES[mime_type].family
    for other, data in FILES.items():
        if types.TYPES[other].family == family and (family != types.IMAGE or other == mime_type):
            continue
        if family == types.TEXT and data.isascii() and b"\0" not in data:
            continue
        upload_id = announce(shop, data, mime_type).ok()["upload_id"]
        with pytest.raises(InvalidField):
            send(shop.actor, upload_id, data)


@pytest.mark.parametrize(
    "data", [b"<!DOCTYPE html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ"]
)
@pytest.mark.parametrize("mime_type", ["image/png", "application/pdf", "application/zip"])
def test_what_a_browser_would_run_passes_for_nothing(shop: KeyCaller, mime_type: str, data: bytes) -> None:
    upload_id = announce(shop, data, mime_type).ok()["upload_id"]
    with pytest.raises(InvalidField):
        send(shop.actor, upload_id, data)


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ("Application/PDF", "application/pdf"),
        ("application/pdf; charset=binary", "application/pdf"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("text/markdown", "text/plain"),
        ("image/jpg", "image/jpeg"),
        ("application/x-zip-compressed", "application/zip"),
    ],
)
def test_other_spellings_of_a_type_are_understood(shop: KeyCaller, declared: str, kept: str) -> None:
    upload_id = ready(shop, FILES[kept], declared)
    assert shop.get(f"/media/{upload_id}").ok()["upload"]["mime_type"] == kept


DOCX = next(kind for kind in types.TYPES if kind.endswith("wordprocessingml.document"))


@pytest.mark.parametrize(
    ("filename", "declared", "kept"),
    [
        ("logs.zip", "application/x-zip-compressed", "application/zip"),
        ("export.csv", "application/vnd.ms-excel", "text/csv"),
        ("letter.docx", "application/octet-stream", DOCX),
        ("letter.DOCX", "", DOCX),
        ("notes.md", "text/markdown", "text/plain"),
        ("a.jpg", "image/jpg", "image/jpeg"),
        ("data.json", "application/octet-stream", "application/json"),
        ("no ending", "text/plain", "text/plain"),
        ("picture.png", "text/plain", "image/png"),
    ],
)
def test_what_a_browser_sends_is_judged_by_its_ending_and_bytes(filename: str, declared: str, kept: str) -> None:
    assert types.uploaded(filename, declared, FILES[kept], text=types.TYPES[kept].family == types.TEXT) == kept


@pytest.mark.parametrize(
    ("filename", "declared"), [("a.exe", "application/octet-stream"), ("a.html", "text/html"), ("a", "")]
)
def test_what_is_not_taken_is_not_taken_by_another_ending(filename: str, declared: str) -> None:
    with pytest.raises(InvalidField):
        types.uploaded(filename, declared, b"MZ\x90\x00", text=False)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Screenshot 2026-11-28 at 9.41.00\u202fAM.png", "Screenshot 2026-11-28 at 9.41.00 AM.png"),
        ("r\u00a0e\u3000p.png", "r e p.png"),
        (" a.png ", "a.png"),
    ],
)
def test_any_space_in_a_name_is_a_space(shop: KeyCaller, sent: str, kept: str) -> None:
    upload_id = announce(shop, filename=sent).ok()["upload_id"]
    assert shop.get(f"/media/{upload_id}").ok()["upload"]["filename"] == kept


@pytest.mark.parametrize("filename", ["   ", "\u00a0", "a\u202eb.png", "a\u200bb.png", "a:b.png"])
def test_a_name_that_cannot_be_seen_or_saved_is_refused(shop: KeyCaller, filename: str) -> None:
    refused = announce(shop, filename=filename)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "filename")


@pytest.mark.parametrize("mime_type", ["text/html", "image/svg+xml", "application/javascript", "application/octet-stream"])
def test_a_type_that_is_not_taken_is_refused_at_once(shop: KeyCaller, mime_type: str) -> None:
    refused = announce(shop, mime_type=mime_type)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "mime_type")


@pytest.mark.parametrize(
    "filename", ["../up.png", "a/b.png", "a\\b.png", "photo\u202egnp.exe", "line\nbreak.png", ".hidden", "dot."]
)
def test_a_name_that_could_deceive_or_lead_elsewhere_is_refused(shop: KeyCaller, filename: str) -> None:
    refused = announce(shop, filename=filename)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "filename")


def test_a_download_is_saved_with_an_ending_of_its_type() -> None:
    assert types.saved_as("notes.bat", "text/plain") == "notes.bat.txt"
    assert types.saved_as("Scan.JPEG", "image/jpeg") == "Scan.JPEG"
