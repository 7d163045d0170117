"""What is a person's own."""
