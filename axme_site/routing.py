"""Which view answers a path: as Django finds it, but looked for once for all paths that differ only in ids.

Django tries each route after the other, a hundred and more for some pages, for each request anew. Which route fits does not
depend on which id stands in the path, so the first answer is kept for its shape: the path with a star for each id.
"""

import re
from typing import Any, NamedTuple
from uuid import UUID

from django.urls import ResolverMatch, URLResolver

KNOWN_MOST = 1_000
"""Shapes that are kept. There are about as many as routes: a path that holds anything else than ids is never kept."""

_ID = re.compile(r"(?<=/)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=/|$)")


class _Known(NamedTuple):
    """What Django found for a shape: `places` says which of the path's ids each argument is, and of which type."""

    match: ResolverMatch
    places: dict[str, tuple[int, type]]


class Routes:
    """The routes of one resolver."""

    def __init__(self, resolver: URLResolver) -> None:
        self.resolver = resolver
        self._known: dict[str, _Known] = {}

    def resolve(self, path: str) -> ResolverMatch:
        """Raises Resolver404."""
        if "*" in path:
            return self.resolver.resolve(path)
        ids = _ID.findall(path) if "-" in path else []
        shape = _ID.sub("*", path) if ids else path
        known = self._known.get(shape)
        if known is None:
            match = self.resolver.resolve(path)
            places = _places(match, ids)
            if places is not None and len(self._known) < KNOWN_MOST:
                self._known[shape] = _Known(_another(match, dict(match.kwargs)), places)
            return match
        given = {name: kind(ids[place]) for name, (place, kind) in known.places.items()} if known.places else {}
        found = _another(known.match, known.match.kwargs | given)
        found.captured_kwargs = given  # type: ignore[attr-defined]
        return found


def _another(match: ResolverMatch, kwargs: dict[str, Any]) -> ResolverMatch:
    """The same match with arguments of its own: whoever gets one may change them."""
    found = ResolverMatch.__new__(ResolverMatch)
    found.__dict__.update(match.__dict__)
    found.kwargs = kwargs
    return found


def _places(match: ResolverMatch, ids: list[str]) -> dict[str, tuple[int, type]] | None:
    """Which of `ids` each captured argument is; None when one is something else, or it cannot be told."""
    captured: dict[str, Any] = match.captured_kwargs or {}  # type: ignore[attr-defined]
    if match.args or len(set(ids)) < len(ids) or len(captured) != len(ids):
        return None
    places: dict[str, tuple[int, type]] = {}
    for name, value in captured.items():
        if type(value) not in (str, UUID) or str(value) not in ids:
            return None
        places[name] = (ids.index(str(value)), type(value))
    return places
