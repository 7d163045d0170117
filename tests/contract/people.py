"""Users with nicks, who invites them, and their files."""

from typing import Annotated, Literal

from pydantic import Field

from tests.contract.shape import Answers, Id, Link, Moment, Nick, PublicAddress, Reply, Sha256, Shape, Text


class User(Reply):
    user_id: Id
    owner_agent: Text
    nick: Nick
    public_address: PublicAddress
    display_name: Text | None = None
    phone: Text | None = None
    email: Text | None = None


class NewUser(User):
    created_at: Moment


class RenamedUser(User):
    renamed_at: Moment


class Profile(User):
    normalized_nick: Text
    updated_at: Moment


class NickChecked(Reply):
    nick: Nick
    normalized_nick: Text
    public_address: PublicAddress
    available: bool


class Invite(Reply):
    token: Annotated[str, Field(min_length=12)]
    owner_agent: Text
    recipient_hint: Text | None = None
    status: Literal["pending", "accepted", "expired"]
    created_at: Moment
    expires_at: Moment
    accepted_at: Moment | None = None
    accepted_owner_agent: Text | None = None
    nick: Nick | None = None
    public_address: PublicAddress | None = None


class NewInvite(Invite):
    invite_url: Link


class Accepted(User):
    token: Annotated[str, Field(min_length=12)]
    status: Literal["accepted"]
    invite_owner_agent: Text
    accepted_at: Moment
    registry_bind_status: Literal["propagated", "failed", "disabled", "skipped_no_hint"]


class Stored(Shape):
    """Where a file lies."""

    upload_id: Id
    owner_agent: Text
    bucket: Annotated[str, Field(min_length=3)]
    object_path: Annotated[str, Field(min_length=3)]


class NewUpload(Reply, Stored):
    upload_url: Link
    status: Literal["pending"]
    expires_at: Moment
    max_size_bytes: int


class Finished(Reply, Stored):
    mime_type: Text
    size_bytes: int
    sha256: Sha256
    status: Literal["ready"]
    finalized_at: Moment


class Upload(Stored):
    filename: Text
    mime_type: Text
    size_bytes: int
    sha256: Sha256 | None
    status: Literal["pending", "ready", "expired"]
    created_at: Moment
    expires_at: Moment
    finalized_at: Moment | None
    download_url: Link | None
    preview_url: Link | None


class OneUpload(Reply):
    upload: Upload


ANSWERS: Answers = {
    "POST /users/register-nick": (
        NewUser,
        lambda it: it.key.post("/users/register-nick", {"nick": it.new("@new"), "email": "new@myorg.example"}),
    ),
    "POST /users/rename-nick": (
        RenamedUser,
        lambda it: it.key.post("/users/rename-nick", {"owner_agent": it.nick(), "nick": it.new("@other")}),
    ),
    "GET /users/check-nick": (NickChecked, lambda it: it.key.get("/users/check-nick", nick=it.new("@free"))),
    "GET /users/profile": (Profile, lambda it: it.key.get("/users/profile", owner_agent=it.nick())),
    "POST /users/profile/update": (
        Profile,
        lambda it: it.key.post("/users/profile/update", {"owner_agent": it.nick(), "display_name": "N"}),
    ),
    "POST /invites/create": (NewInvite, lambda it: it.key.post("/invites/create", {"owner_agent": it.agent})),
    "GET /invites/{token}": (Invite, lambda it: it.key.get(f"/invites/{it.invite()}")),
    "POST /invites/{token}/accept": (
        Accepted,
        lambda it: it.key.post(f"/invites/{it.invite()}/accept", {"nick": it.new("@guest"), "display_name": "Guest"}),
    ),
    "POST /media/create-upload": (NewUpload, lambda it: it.key.post("/media/create-upload", it.new_upload)),
    "POST /media/finalize-upload": (
        Finished,
        lambda it: it.key.post("/media/finalize-upload", {"upload_id": it.sent_upload()["upload_id"], "size_bytes": 5}),
    ),
    "GET /media/{upload_id}": (OneUpload, lambda it: it.key.get(f"/media/{it.upload()['upload_id']}")),
}
