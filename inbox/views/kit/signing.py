"""How what is posted is signed: chosen on forms, and shown with the keys that it is verified by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intents.kernel import clock
from intents.sending import keeping, signing
from intents.sending.keeping import HeldSecret
from intents.sending.signing import SigningKind

KINDS = (
    (str(SigningKind.HMAC), _("With a secret that both sides keep (HMAC-SHA256)")),
    (str(SigningKind.ED25519), _("With a key pair: the receiver keeps only the public key (Ed25519)")),
)
NAMES = {SigningKind.HMAC: _("HMAC-SHA256"), SigningKind.ED25519: _("Ed25519")}


class KindField(forms.TypedChoiceField):
    """Which kind of signature; None of a form that does not say it: as before, or the usual one."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Signature"),
            coerce=SigningKind,
            choices=KINDS,
            initial=str(SigningKind.HMAC),
            widget=forms.RadioSelect,
        )

    def clean(self, value: Any) -> SigningKind | None:
        return super().clean(value) if value else None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs now; `until` when it stops, of one that was rotated. `public_key` is empty for a secret of both sides."""

    name: str | Promise
    public_key: str
    until: datetime | None


def keys(sealed: bytes | memoryview | None) -> list[SigningKey]:
    """What signs now, the newest first; nothing where that cannot be read any more."""
    return [
        SigningKey(
            NAMES[one.kind], signing.public_key(one.secret) or "", datetime.fromisoformat(one.until) if one.until else None
        )
        for one in _held(sealed)
    ]


def newest(sealed: bytes | memoryview | None) -> SigningKind:
    """The kind of what was made last, the usual one where there is nothing that can be read."""
    return next((one.kind for one in _held(sealed)), SigningKind.HMAC)


def _held(sealed: bytes | memoryview | None) -> list[HeldSecret]:
    try:
        return keeping.held(sealed, now=clock.now())
    except ValueError:
        return []


def made(secret: str | None) -> dict[str, Any]:
    """What a page shows of a secret that was just made: of a key pair the public key, for the private one stays here."""
    public = signing.public_key(secret) if secret else None
    return {"public_key": public} if public else {"secret": secret}
