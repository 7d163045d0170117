"""How PostgreSQL runs the hot statements, on the data as it is."""

import json
import os
import subprocess
import sys

from bench.product import ROOT, Product


def explain(product: Product) -> dict[str, str]:
    """The plan of each statement that an intent's journey sends, by the step that sends it."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.journey"],
        cwd=ROOT,
        env=os.environ | product.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"no plans: {done.stderr[-2000:]}")
    plans: dict[str, str] = json.loads(done.stdout)
    return plans
