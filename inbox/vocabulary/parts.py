"""Texts with parts, known again where the parts were filled in."""

import re


def pattern(text: str) -> re.Pattern[str]:
    """What matches `text`, whose parts are like %(name)s, with anything for the parts: groups by their names."""
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(text)), re.DOTALL)
