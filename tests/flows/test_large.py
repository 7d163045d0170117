"""Anything that is accepted can be delivered: work and histories beyond what fits into one write, on either server."""

from collections.abc import Iterator

import pytest

from tests.flows.conftest import Sites
from tests.load import large
from tests.load.sites import Scaled


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Scaled]:
    site = shared_sites.scaled()
    site.start("uvicorn", "daphne")
    yield site
    site.end()


def test_work_of_any_size_arrives_at_the_first_attempt_by_every_mode(site: Scaled) -> None:
    assert large.deliveries(site, children=12)["bytes_each"] > 12 * large.PIECE


def test_a_history_of_any_size_is_listed_in_bounded_answers_and_streamed_whole(site: Scaled) -> None:
    # More than is fetched for a stream, and than is answered at once.
    assert large.histories(site, checkpoints=45)["largest_answer"] < 5 * 1024 * 1024
