"""Files: announced, received, finished, and gone again when they never are."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from intents import seats
from intents.files.models import Media
from intents.files.services import uploads
from intents.files.storage import ABANDONED_SECONDS, files
from intents.kernel.errors import Conflict, Invalid
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.media import PDF, PNG, announce, finalize, ready, send, sha256


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_DIR = tmp_path / "media"
    return tmp_path / "media"


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_announced_file_answers_as_the_protocol_says(shop: KeyCaller) -> None:
    owner = "agent://myorg/production/shop"
    told = announce(shop, owner_agent=owner, filename="Rechnung für März.png").ok()
    assert told["ok"] is True
    assert (told["owner_agent"], told["status"], told["max_size_bytes"]) == (owner, "pending", len(PNG))
    assert told["upload_url"].endswith(f"/v1/media/{told['upload_id']}/content")
    upload = shop.get(f"/media/{told['upload_id']}").ok()["upload"]
    assert set(upload) == {
        *("upload_id", "owner_agent", "bucket", "object_path", "mime_type", "filename", "size_bytes", "sha256", "status"),
        *("created_at", "expires_at", "finalized_at", "download_url", "preview_url"),
    }
    assert (upload["status"], upload["filename"], upload["sha256"]) == ("pending", "Rechnung für März.png", None)
    assert upload["finalized_at"] is upload["download_url"] is upload["preview_url"] is None


def test_a_finished_file_is_ready_and_can_be_downloaded_and_if_it_is_an_image_shown(shop: KeyCaller) -> None:
    image, paper = ready(shop), ready(shop, PDF, "application/pdf")
    for upload_id, data, shown in ((image, PNG, True), (paper, PDF, False)):
        upload = shop.get(f"/media/{upload_id}").ok()["upload"]
        assert (upload["status"], upload["size_bytes"], upload["sha256"]) == ("ready", len(data), sha256(data))
        assert upload["download_url"].endswith(f"/v1/media/{upload_id}/content")
        assert (upload["preview_url"] is not None) is shown


def test_finishing_again_changes_nothing_and_finishing_as_something_else_is_refused(shop: KeyCaller) -> None:
    upload_id = ready(shop)
    first = finalize(shop, upload_id, PNG, sha256=sha256(PNG)).ok()
    assert finalize(shop, upload_id, PNG).ok() == first
    assert finalize(shop, upload_id, PNG + b"x").status == 422


@pytest.mark.parametrize(
    ("announced", "finished", "field"),
    [
        ({"size_bytes": 99}, {}, "size_bytes"),
        ({}, {"size_bytes": 99}, "size_bytes"),
        ({"sha256": "0" * 64}, {}, "sha256"),
        ({}, {"sha256": "0" * 64}, "sha256"),
    ],
)
def test_a_file_is_not_finished_unless_size_and_hash_are_as_told(
    shop: KeyCaller, announced: dict[str, Any], finished: dict[str, Any], field: str
) -> None:
    upload_id = announce(shop, **announced).ok()["upload_id"]
    send(shop.actor, upload_id, PNG)
    refused = finalize(shop, upload_id, PNG, **finished)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert shop.get(f"/media/{upload_id}").ok()["upload"]["status"] == "pending"


def test_bytes_that_came_broken_can_be_sent_again(shop: KeyCaller, folder: Path) -> None:
    upload_id = announce(shop, sha256=sha256(PNG)).ok()["upload_id"]
    send(shop.actor, upload_id, PNG[:-1] + b"!")
    assert finalize(shop, upload_id, PNG).status == 422
    send(shop.actor, upload_id, PNG)
    finalize(shop, upload_id, PNG).ok()
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


def test_a_file_of_which_nothing_came_cannot_be_finished(shop: KeyCaller) -> None:
    upload_id = announce(shop).ok()["upload_id"]
    assert finalize(shop, upload_id, PNG).status == 409


def test_a_finished_file_never_changes(shop: KeyCaller, folder: Path) -> None:
    upload_id = ready(shop)
    with pytest.raises(Conflict):
        send(shop.actor, upload_id, PNG + b"more")
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


def test_a_file_beyond_the_limit_is_413(shop: KeyCaller, settings: LazySettings) -> None:
    settings.MEDIA_MAX_BYTES = 2000
    announce(shop, size_bytes=2000).ok()
    assert (announce(shop, size_bytes=2001).status, announce(shop, size_bytes=2001).code) == (413, "payload_too_large")


def test_an_upload_whose_time_is_over_is_expired_and_later_forgotten_with_its_bytes(
    shop: KeyCaller, now: SettableClock, folder: Path
) -> None:
    upload_id = announce(shop, ttl_seconds=60).ok()["upload_id"]
    send(shop.actor, upload_id, PNG)
    now.advance(seconds=60)
    assert shop.get(f"/media/{upload_id}").ok()["upload"]["status"] == "expired"
    assert finalize(shop, upload_id, PNG).status == 409
    with pytest.raises(Conflict):
        send(shop.actor, upload_id, PNG)
    now.advance(hours=23)
    assert uploads.prune() == 0
    now.advance(hours=1, seconds=1)
    assert uploads.prune() == 1
    assert shop.get(f"/media/{upload_id}").status == 404
    assert stored(folder) == []


def test_a_finished_file_outlives_its_upload_and_the_end_of_one_with_the_same_content(
    shop: KeyCaller, now: SettableClock, folder: Path
) -> None:
    kept = ready(shop)
    send(shop.actor, announce(shop).ok()["upload_id"], PNG)
    assert len(stored(folder)) == 1
    now.advance(days=3)
    assert uploads.prune() == 1
    assert shop.get(f"/media/{kept}").ok()["upload"]["status"] == "ready"
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


def test_what_a_killed_process_left_half_received_is_swept(database: None, folder: Path) -> None:
    left, coming = files().begin(), files().begin()
    old = time.time() - ABANDONED_SECONDS - 60
    os.utime(left.path, (old, old))
    uploads.prune()
    assert stored(folder) == [coming.path]
    left.discard()
    coming.discard()


def test_a_file_of_a_form_is_taken_whole_or_not_at_all(bob: PersonCaller, folder: Path, settings: LazySettings) -> None:
    (seat,) = seats.of(user_id=bob.user.id, session_id=bob.token.id)

    def take(*pieces: bytes, mime_type: str = "image/png") -> Media:
        return uploads.take(actor=seat.person, owner_agent="shop", filename="photo.png", declared=mime_type, pieces=pieces)

    taken = take(PNG[:10], PNG[10:])
    assert (taken.finalized_at is not None, taken.size_bytes, taken.created_by) == (True, len(PNG), bob.user.email)
    settings.MEDIA_MAX_BYTES = len(PNG)
    for pieces, kind in (((PNG, b"x"), "image/png"), ((PDF,), "image/png"), ((), "image/png"), ((PDF,), "text/html")):
        with pytest.raises(Invalid):
            take(*pieces, mime_type=kind)
    assert Media.objects.count() == 1
    assert [path.read_bytes() for path in stored(folder)] == [PNG]


def test_the_same_key_announces_once(shop: KeyCaller) -> None:
    body = {"owner_agent": "shop", "filename": "a.png", "mime_type": "image/png", "size_bytes": 5}
    first = shop.post("/media/create-upload", body, key="k").ok()
    assert shop.post("/media/create-upload", body, key="k").ok() == first
    assert Media.objects.count() == 1


def test_who_may_send_for_an_address(
    shop: KeyCaller, machine: KeyCaller, alice: PersonCaller, vera: PersonCaller, charlie: PersonCaller
) -> None:
    assert announce(shop, owner_agent="order-service").status == 403
    announce(machine, owner_agent="order-service").ok()
    announce(alice).ok()
    assert announce(vera).status == 403
    assert announce(charlie, owner_agent="agent://myorg/production/shop").status == 404


def test_a_file_is_seen_by_its_owner_and_the_people_of_its_workspace_alone(
    shop: KeyCaller,
    machine: KeyCaller,
    stranger: KeyCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    foreign_machine: KeyCaller,
) -> None:
    path = f"/media/{ready(shop)}"
    for caller in (shop, machine, vera):
        caller.get(path).ok()
    for caller in (stranger, charlie, foreign_machine):
        assert caller.get(path).status == 404
        assert finalize(caller, path.rpartition("/")[2], PNG).status == 404


def test_folders_and_files_are_for_the_server_alone(shop: KeyCaller, settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_DIR = tmp_path / "data" / "media"
    ready(shop)
    made = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert any(one.is_file() for one in made)
    assert {oct(one.stat().st_mode & 0o077) for one in made} == {"0o0"}
