"""Identity providers by variables: one by `OIDC_...`, several by `OIDC_PROVIDERS=corp,partner` and `OIDC_CORP_...`."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from axme_site import env

ONE = "main"


def providers() -> list[dict[str, Any]]:
    """The fields of each `intents.accounts.oidc.providers.Provider`. Raises ImproperlyConfigured."""
    ids = env.items("OIDC_PROVIDERS", [])
    if not ids:
        return [_provider(ONE, "OIDC")] if env.text("OIDC_ISSUER", "") else []
    if "confirm" in ids:
        raise ImproperlyConfigured("OIDC_PROVIDERS: confirm cannot be the name of one")
    if odd := [one for one in ids if not re.fullmatch(r"[a-z][a-z0-9]{0,31}", one)]:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS: {odd[0]!r} is no name of lower-case letters and digits")
    if len(set(ids)) != len(ids):
        raise ImproperlyConfigured("OIDC_PROVIDERS names one twice")
    return [_provider(one, f"OIDC_{one.upper()}") for one in ids]


def _provider(provider_id: str, prefix: str) -> dict[str, Any]:
    # As its tokens spell it: a trailing slash belongs to the name of some.
    issuer = env.text(f"{prefix}_ISSUER", "")
    env.url(f"{prefix}_ISSUER", "", schemes=("https", "http"))
    client_id = env.text(f"{prefix}_CLIENT_ID", "")
    if not issuer or not client_id:
        raise ImproperlyConfigured(f"{prefix}_ISSUER and {prefix}_CLIENT_ID belong together: set both")
    scopes = env.text(f"{prefix}_SCOPES", "openid profile email")
    if "openid" not in scopes.split():
        raise ImproperlyConfigured(f"{prefix}_SCOPES must have openid among them")
    given = bool(env.text(f"{prefix}_CLIENT_SECRET", "") or env.text(f"{prefix}_CLIENT_SECRET_FILE", ""))
    return dict(  # noqa: C408 - as the fields are called
        id=provider_id,
        name=env.text(f"{prefix}_NAME", urlsplit(issuer).hostname or issuer),
        issuer=issuer,
        client_id=client_id,
        client_secret=env.secret(f"{prefix}_CLIENT_SECRET", kept_in=None, generate=str) if given else "",
        scopes=scopes,
        trusts_email=env.flag(f"{prefix}_TRUST_EMAIL", False),
    )
