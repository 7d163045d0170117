"""Files on the wire, on either server: sent in pieces, cut off at their size, downloaded as nothing but a file."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from axme import AxmeClient, AxmeClientConfig

from tests.flows.conftest import Sites
from tests.intents.media import PNG, sha256
from tests.load.sites import Scaled
from tests.turns import SERVERS

BIG = 3 * 1024 * 1024


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest, shared_sites: Sites) -> Iterator[Scaled]:
    site = shared_sites.scaled(MEDIA_MAX_BYTES=str(BIG), REQUEST_MAX_BYTES=str(1024 * 1024))
    site.start(request.param)
    yield site
    site.end()


@pytest.fixture
def http(site: Scaled) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.urls[0], headers={"x-api-key": site.api_key}, timeout=30) as client:
        yield client


@pytest.fixture
def sdk(site: Scaled) -> Iterator[AxmeClient]:
    with AxmeClient(AxmeClientConfig(base_url=site.urls[0], api_key=site.api_key)) as client:
        yield client


def announce(sdk: AxmeClient, size: int, mime_type: str = "text/plain", filename: str = "notes.txt") -> dict[str, Any]:
    owner = "agent://myorg/production/demo"
    return sdk.create_media_upload({"owner_agent": owner, "filename": filename, "mime_type": mime_type, "size_bytes": size})


def incoming(site: Scaled) -> list[Path]:
    return list((Path(site.variables["DATA_DIR"]) / "media" / "incoming").glob("*"))


def test_a_large_file_goes_in_and_comes_out_as_it_was(site: Scaled, http: httpx.Client, sdk: AxmeClient) -> None:
    data = os.urandom(BIG // 2).hex().encode()
    told = announce(sdk, len(data))
    received = put(http, told, data)
    assert received.status_code == 200, received.text
    assert received.json()["sha256"] == sha256(data)
    sdk.finalize_media_upload({"upload_id": told["upload_id"], "size_bytes": len(data), "sha256": sha256(data)})
    upload = sdk.get_media_upload(told["upload_id"])["upload"]
    answer = http.get(urlsplit(upload["download_url"]).path)
    assert answer.content == data
    assert incoming(site) == []


def put(http: httpx.Client, told: dict[str, Any], content: Any, **headers: str) -> httpx.Response:
    return http.put(urlsplit(told["upload_url"]).path, content=content, headers=headers)


def test_a_download_is_an_attachment_that_no_browser_runs(http: httpx.Client, sdk: AxmeClient) -> None:
    told = announce(sdk, 5, filename="Übersicht.bat")
    put(http, told, b"hello").raise_for_status()
    sdk.finalize_media_upload({"upload_id": told["upload_id"], "size_bytes": 5})
    answer = http.get(f"/v1/media/{told['upload_id']}/content")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_bersicht.bat.txt\"; filename*=UTF-8''%C3%9Cbersicht.bat.txt"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "no-store" in answer.headers["cache-control"]
    refused = http.get(f"/v1/media/{told['upload_id']}/preview")
    assert refused.status_code == 422


def test_an_image_is_shown_inline_unless_its_bytes_are_no_image_any_more(
    site: Scaled, http: httpx.Client, sdk: AxmeClient
) -> None:
    told = announce(sdk, len(PNG), "image/png", "dot.png")
    put(http, told, PNG).raise_for_status()
    sdk.finalize_media_upload({"upload_id": told["upload_id"], "size_bytes": len(PNG)})
    shown = http.get(f"/v1/media/{told['upload_id']}/preview")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["content-security-policy"].startswith("sandbox")
    (place,) = (Path(site.variables["DATA_DIR"]) / "media").glob(f"*/*/{sha256(PNG)}")
    place.write_bytes(b"<svg onload='alert(1)'/>".ljust(len(PNG)))
    assert http.get(f"/v1/media/{told['upload_id']}/preview").status_code == 422
    place.unlink()
    assert http.get(f"/v1/media/{told['upload_id']}/content").status_code == 404


def test_a_file_larger_than_announced_is_cut_off(site: Scaled, http: httpx.Client, sdk: AxmeClient) -> None:
    told = announce(sdk, 1000)
    refused = put(http, told, b"x" * 1001)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "payload_too_large")
    pieces = put(http, told, iter([b"x" * 400] * 3))
    assert (pieces.status_code, pieces.json()["error"]["code"]) == (413, "payload_too_large")
    assert incoming(site) == []
    put(http, told, iter([b"x" * 250] * 4)).raise_for_status()


def test_bytes_that_are_not_what_was_declared_are_422_and_nothing_of_them_stays(
    site: Scaled, http: httpx.Client, sdk: AxmeClient
) -> None:
    told = announce(sdk, 50, "image/png", "dot.png")
    refused = put(http, told, b"<html><script>alert(1)</script></html>")
    assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (422, "mime_type")
    assert incoming(site) == []


def test_a_sender_that_leaves_in_the_middle_leaves_nothing_behind(site: Scaled, http: httpx.Client, sdk: AxmeClient) -> None:
    told = announce(sdk, 1000)
    url = urlsplit(site.urls[0])
    head = f"PUT {urlsplit(told['upload_url']).path} HTTP/1.1\r\nhost: x\r\nx-api-key: {site.api_key}\r\n"
    with socket.create_connection((url.hostname, url.port)) as raw:
        raw.sendall(f"{head}content-length: 1000\r\n\r\n".encode() + b"x" * 500)
        time.sleep(0.5)
    deadline = time.monotonic() + 60
    while incoming(site) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert incoming(site) == []
    refused = http.post("/v1/media/finalize-upload", json={"upload_id": told["upload_id"], "size_bytes": 1000})
    assert refused.status_code == 409


def test_nobody_sends_or_gets_a_file_without_a_credential(site: Scaled, http: httpx.Client, sdk: AxmeClient) -> None:
    told = announce(sdk, 5)
    path = f"/v1/media/{told['upload_id']}"
    assert httpx.put(f"{site.urls[0]}{path}/content", content=b"hello", timeout=60).status_code == 401
    put(http, told, b"hello").raise_for_status()
    assert http.get(f"{path}/content").status_code == 404, "it is not finished"
    sdk.finalize_media_upload({"upload_id": told["upload_id"], "size_bytes": 5})
    for what in ("content", "preview"):
        assert httpx.get(f"{site.urls[0]}{path}/{what}", timeout=60).status_code == 401
        assert http.get(f"/v1/media/no-id/{what}").status_code == 404
    assert http.put(f"{path}/content", content=b"again").status_code == 409


def test_a_signed_in_person_gets_files_by_their_sessions_cookie_and_sends_none(
    site: Scaled, http: httpx.Client, sdk: AxmeClient
) -> None:
    told = announce(sdk, len(PNG), "image/png", "dot.png")
    path = f"/v1/media/{told['upload_id']}"
    with httpx.Client(base_url=site.urls[0], timeout=30) as browser:
        browser.get("/sign-in")
        form = {"login": site.keys["DEMO_MANAGER_EMAIL"], "password": site.keys["DEMO_MANAGER_PASSWORD"]}
        (csrf,) = (value for name, value in browser.cookies.items() if "csrf" in name)
        browser.post("/sign-in", data=form | {"csrfmiddlewaretoken": csrf}, headers={"referer": f"{site.urls[0]}/sign-in"})
        assert browser.put(f"{path}/content", content=PNG).status_code == 401
        put(http, told, PNG).raise_for_status()
        sdk.finalize_media_upload({"upload_id": told["upload_id"], "size_bytes": len(PNG)})
        assert browser.get(f"{path}/preview").content == PNG
        assert browser.get(f"{path}/content").content == PNG
        assert browser.get(f"{path}/content", headers={"x-api-key": "axme_sa_wrong"}).status_code == 401
        browser.cookies.clear()
        assert browser.get(f"{path}/content").status_code == 401
