"""When which place works."""
