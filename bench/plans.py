"""How PostgreSQL runs the hot statements, on the data as it is."""

import json

from bench.product import Product


def explain(product: Product) -> dict[str, str]:
    """The plan of each statement that an intent's journey sends, by the step that sends it."""
    plans: dict[str, str] = json.loads(product.program("bench.journey"))
    return plans


def explain_operations(product: Product) -> dict[str, str]:
    """The plan of each statement that those who watch send."""
    plans: dict[str, str] = json.loads(product.program("bench.watched", "explain"))
    return plans
