"""What is known of tests is known of tests that there are."""

import ast

from tests import needs


def test_every_test_that_is_called_slow_is_one() -> None:
    missing = []
    for name in needs.slow_tests():
        path, *names = name.split("::")
        file = needs.HERE.parent / path
        found: list[ast.stmt] = ast.parse(file.read_text()).body if file.exists() else []
        for one in names:
            found = [inner for node in found if getattr(node, "name", "") == one for inner in getattr(node, "body", [])]
        if not found:
            missing.append(name)
    assert missing == []
