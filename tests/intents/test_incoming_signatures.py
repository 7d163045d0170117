"""Signatures of outside services: what their documentation publishes is right, and nothing else is."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from intents.engine.incoming.signatures import MOST_SIGNATURES, Scheme, Style, check_secret, verify
from intents.kernel.errors import Denied, InvalidField
from tests.intents.calling import OTHERS, SECRETS, SIGN, SIGNATURE, TIMED, Headers, github, standard, stripe

AT = 1_731_705_121
NOW = datetime.fromtimestamp(AT, UTC)
BODY = b'{"event_type":"ping","data":{"success":true}}'
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
    b".803a0bc887a14d10d2c447fce8b6703c"
)
PUBLISHED: dict[str, tuple[str, str, Headers, bytes, int]] = {
    # https://docs.svix.com/receiving/verifying-payloads/how-manual
    "standard": (
        "standard",
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        {
            "webhook-id": "msg_loFOjxBNrRLzqYUf",
            "webhook-timestamp": "1731705121",
            "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        },
        BODY,
        AT,
    ),
    "standard by Svix's names": (
        "standard",
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        {
            "svix-id": "msg_loFOjxBNrRLzqYUf",
            "svix-timestamp": "1731705121",
            "svix-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        },
        BODY,
        AT,
    ),
    # https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    "github": (
        "github",
        "It's a Secret to Everybody",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
        0,
    ),
    # https://docs.slack.dev/authentication/verifying-requests-from-slack
    "slack": (
        "slack",
        "8f742231b10e8888abcd99yyyzzz85a5",
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK_BODY,
        1_531_420_618,
    ),
}


def scheme(style: str, **more: Any) -> Scheme:
    headers = {"header": "X-Signature", "timestamp_header": "X-Timestamp"} if style == "hmac" else {}
    return Scheme(style=Style(style), **(headers | more))


def checked(style: str, headers: Headers, *, body: bytes = BODY, secrets: tuple[str, ...] = (), now: datetime = NOW) -> Any:
    return verify(scheme(style), secrets=secrets or (SECRETS[style],), headers=headers, bodies=[body], now=now)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_a_service_publishes_as_an_example_is_right(name: str) -> None:
    style, secret, headers, body, at = PUBLISHED[name]
    now = datetime.fromtimestamp(at, UTC)
    checked(style, headers, body=body, secrets=(secret,), now=now)
    with pytest.raises(Denied, match="does not match"):
        checked(style, headers, body=body + b" ", secrets=(secret,), now=now)


Break = Callable[[str, Headers], Headers]


def lacking(style: str, headers: Headers) -> Headers:
    return {name: value for name, value in headers.items() if name != SIGNATURE[style]}


def doubled(style: str, headers: Headers) -> Headers:
    """Two headers of one name, as the server joins them."""
    return {name: f"{value},{value}" for name, value in headers.items()}


def cut(style: str, headers: Headers) -> Headers:
    return headers | {SIGNATURE[style]: headers[SIGNATURE[style]].split(",v0=")[0][:-9]}


def emptied(style: str, headers: Headers) -> Headers:
    return headers | {SIGNATURE[style]: ""}


def flipped(style: str, headers: Headers) -> Headers:
    """One character of the signature that counts is another."""
    right = headers[SIGNATURE[style]].split(",v0=")[0]
    at = len(right) - 9
    return headers | {SIGNATURE[style]: right[:at] + ("a" if right[at] != "a" else "b") + right[at + 1 :]}


def of_another_version(style: str, headers: Headers) -> Headers:
    return headers | {
        SIGNATURE[style]: headers[SIGNATURE[style]].replace("v1", "v9").replace("v0=", "v9=").replace("sha256=", "sha1=")
    }


def beyond_ascii(style: str, headers: Headers) -> Headers:
    return headers | {SIGNATURE[style]: "\xff" + headers[SIGNATURE[style]]}


BREAKS = (lacking, doubled, cut, emptied, flipped, beyond_ascii, of_another_version)
# A plain signature has no versions.
BROKEN = [(style, broken) for style in SIGN for broken in BREAKS if (style, broken) != ("hmac", of_another_version)]


@pytest.mark.parametrize(("style", "broken"), BROKEN)
def test_a_broken_signature_is_refused(style: str, broken: Break) -> None:
    headers = SIGN[style](SECRETS[style], BODY, AT)
    checked(style, headers)
    with pytest.raises(Denied):
        checked(style, broken(style, headers))


@pytest.mark.parametrize("style", SIGN)
def test_another_secret_or_another_body_is_refused(style: str) -> None:
    headers = SIGN[style](OTHERS[style], BODY, AT)
    with pytest.raises(Denied, match="does not match"):
        checked(style, headers)
    with pytest.raises(Denied, match="does not match"):
        checked(style, SIGN[style](SECRETS[style], BODY, AT), body=BODY.replace(b"true", b"tru\xc3\xa9"))


@pytest.mark.parametrize("style", TIMED)
@pytest.mark.parametrize(("late", "reason"), [(301, "older than the 300"), (-301, "to come")])
def test_a_time_beyond_the_tolerance_is_refused(style: str, late: int, reason: str) -> None:
    checked(style, SIGN[style](SECRETS[style], BODY, AT - (300 if late > 0 else -300)))
    with pytest.raises(Denied, match=reason):
        checked(style, SIGN[style](SECRETS[style], BODY, AT - late))


@pytest.mark.parametrize("style", TIMED)
def test_a_time_that_was_not_signed_is_refused(style: str) -> None:
    """An old call with a new time."""
    headers = SIGN[style](SECRETS[style], BODY, AT - 3600)
    moved = {name: value.replace(str(AT - 3600), str(AT)) for name, value in headers.items()}
    assert moved != headers
    with pytest.raises(Denied, match="does not match"):
        checked(style, moved)


@pytest.mark.parametrize("time", ["", "soon", "-1", "1e9", "1731705121.5", "\u0661", "9" * 13, "1731705121,t=1731705121"])
@pytest.mark.parametrize("style", TIMED)
def test_what_is_no_time_is_refused(style: str, time: str) -> None:
    headers = {name: value.replace(str(AT), time) for name, value in SIGN[style](SECRETS[style], BODY, AT).items()}
    with pytest.raises(Denied):
        checked(style, headers)


@pytest.mark.parametrize("style", SIGN)
def test_any_secret_in_force_will_do(style: str) -> None:
    for signing in (SECRETS[style], OTHERS[style]):
        checked(style, SIGN[style](signing, BODY, AT), secrets=(SECRETS[style], OTHERS[style]))


def test_a_sender_that_rotates_signs_with_several_secrets_at_once() -> None:
    new, old = standard(SECRETS["standard"], BODY, AT), standard(OTHERS["standard"], BODY, AT)
    both = new | {"webhook-signature": f"{old['webhook-signature']} v1a,AAAA v9,x {new['webhook-signature']}"}
    checked("standard", both)
    of_both = [
        stripe(secret, BODY, AT)["stripe-signature"].split(",")[1] for secret in (OTHERS["stripe"], SECRETS["stripe"])
    ]
    checked("stripe", {"stripe-signature": ",".join([f"t={AT}", *of_both])})
    many = " ".join([old["webhook-signature"]] * MOST_SIGNATURES)
    with pytest.raises(Denied):
        checked("standard", new | {"webhook-signature": f"{many} {new['webhook-signature']}"})


def test_a_public_key_checks_what_its_private_key_signed() -> None:
    private = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    signature = base64.b64encode(private.sign(b"msg_1.%d." % AT + BODY)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(AT), "webhook-signature": f"v1,AAAA v1a,{signature}"}
    checked("standard", headers, secrets=(public,))
    for wrong in ({"webhook-signature": f"v1,{signature}"}, {"webhook-id": "msg_2"}, {"webhook-signature": "v1a,AAAA"}):
        with pytest.raises(Denied, match="does not match"):
            checked("standard", headers | wrong, secrets=(public,))
    # What is known to all signs nothing.
    with pytest.raises(Denied):
        checked("standard", standard(public.replace("whpk_", "whsec_"), BODY, AT), secrets=(public,))


def test_a_plain_digest_is_read_in_either_spelling_and_without_a_time() -> None:
    digest = github(SECRETS["hmac"], BODY, AT)["x-hub-signature-256"].removeprefix("sha256=")
    for text in (digest, digest.upper(), f"sha256={digest}", base64.b64encode(bytes.fromhex(digest)).decode()):
        plain = Scheme(style=Style.HMAC, header="X-Signature")
        given = {"x-signature": text}
        assert verify(plain, secrets=[SECRETS["hmac"]], headers=given, bodies=[BODY], now=NOW) is None


def test_a_message_is_known_by_its_id_or_else_by_its_signature() -> None:
    first = checked("standard", standard(SECRETS["standard"], BODY, AT))
    assert first == checked("standard", standard(SECRETS["standard"], b"{}", AT + 5), body=b"{}")
    assert first != checked("standard", standard(SECRETS["standard"], BODY, AT, "msg_2"))
    assert checked("stripe", stripe(SECRETS["stripe"], BODY, AT)) != checked(
        "stripe", stripe(SECRETS["stripe"], BODY, AT + 1)
    )
    assert checked("github", github(SECRETS["github"], BODY, AT)) is None


@pytest.mark.parametrize(
    ("style", "secret"),
    [
        *(("standard", text) for text in ("whsec_", "whsec_!!!!!!!!", "whpk_AAAAAAAA", "whsk_MfKQ9r8GKYqrTw+.", "short")),
        *(
            (style, text)
            for style in ("stripe", "github", "slack", "hmac")
            for text in ("", "seven77", " padded ", "a\nb\nc\nd\ne", "x" * 513)
        ),
    ],
)
def test_a_secret_that_can_be_none_is_refused(style: str, secret: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_secret(Style(style), secret)
    assert refused.value.details["field"] == "secret"


@pytest.mark.parametrize("style", SECRETS)
def test_secrets_as_services_make_them_are_taken(style: str) -> None:
    check_secret(Style(style), SECRETS[style])
