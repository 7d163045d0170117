"""How a person is told."""
