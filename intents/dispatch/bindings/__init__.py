"""Ways for work to reach somebody, a file for each; `apps.py` registers them."""
