"""What every room stands on: the clock, JSON, secrets, errors, actors, statements, the unit of work."""
