"""What the demo's agents ask, and what they do with the answer: plain data, with times counted from now."""

from collections.abc import Mapping
from datetime import datetime

from axme_site.demo.scenes import data, later, machines, money, past, people, words
from axme_site.demo.scenes.scene import Scene, Verdict

__all__ = ["Scene", "Verdict", "by_key", "opening"]


def opening(now: datetime) -> list[Scene]:
    """What there is to decide when the demo begins, and what was decided before."""
    return [scene for part in (past, money, people, machines, data, words) for scene in part.scenes(now)]


def by_key(now: datetime) -> Mapping[str, Scene]:
    """All scenes, those that come of decisions among them."""
    return {scene.key: scene for scene in (*opening(now), *later.scenes(now))}
