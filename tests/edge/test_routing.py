"""A path leads where Django leads it, whether its shape was seen before or not."""

from uuid import UUID, uuid4

import pytest
from django.urls import Resolver404, get_resolver

from axme_site.routing import KNOWN_MOST, Routes

ONE, OTHER = uuid4(), uuid4()
PATHS = [
    "/v1/intents",
    "/v1/intents/{}",
    "/v1/intents/{}/events",
    "/v1/approvals/{}/decision",
    "/v1/agents/order-service",
    "/v1/agents/{}",
    "/inbox",
    "/inbox/{}",
    "/inbox/{}/decide",
    "/",
    "/sign-in",
    "/operations/intents/{}",
]


def answered(path: str, resolve: object) -> object:
    try:
        match = resolve(path)  # type: ignore[operator]
    except Resolver404:
        return None
    return match.func, match.args, match.kwargs, match.captured_kwargs, match.route, match.view_name


@pytest.mark.parametrize("path", PATHS)
def test_the_same_view_with_the_same_arguments_as_djangos(path: str) -> None:
    routes, django = Routes(get_resolver()), get_resolver()
    assert answered(path.format(ONE), django.resolve) is not None
    for id_ in (ONE, OTHER, ONE, str(OTHER).upper(), "*", "no-id", f"{ONE}x", f"{ONE}/{OTHER}", OTHER.hex):
        asked = path.format(id_)
        assert answered(asked, routes.resolve) == answered(asked, django.resolve), asked


def test_what_one_request_does_with_its_arguments_reaches_no_other() -> None:
    routes = Routes(get_resolver())
    for id_ in (ONE, OTHER, UUID(int=5)):
        match = routes.resolve(f"/v1/intents/{id_}")
        assert list(map(str, match.kwargs.values())) == [str(id_)]
        match.kwargs.clear()
    for _ in range(2):
        routes.resolve("/inbox").kwargs["more"] = 1
    assert routes.resolve("/inbox").kwargs == {}


def test_however_many_names_are_asked_for_few_shapes_are_kept() -> None:
    routes = Routes(get_resolver())
    for number in range(50):
        routes.resolve(f"/v1/agents/agent-{number}")
        routes.resolve(f"/v1/intents/{uuid4()}")
    assert len(routes._known) == 1 < KNOWN_MOST
