"""A tool a module. `apps.py` registers each."""
