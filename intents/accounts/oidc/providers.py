"""The identity providers that whoever runs the server has named in its settings."""

from dataclasses import dataclass

from django.conf import settings

from intents.kernel.actors import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`id` is in its addresses and mappings, `name` what its button says. With `trusts_email` its addresses count as
    verified also where it does not say so."""

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    scopes: str = "openid profile email"
    trusts_email: bool = False

    @property
    def actor(self) -> System:
        """Who does on the record what its claims lead to."""
        return System(name=f"oidc {self.id}")


def known() -> tuple[Provider, ...]:
    """All of them, in the order of the settings."""
    return tuple(Provider(**one) for one in settings.OIDC)


def named(provider_id: str) -> Provider | None:
    """The one of that id, None for one that is not in the settings."""
    return next((one for one in known() if one.id == provider_id), None)
