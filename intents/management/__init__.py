"""Commands of `manage.py` for the domain."""
