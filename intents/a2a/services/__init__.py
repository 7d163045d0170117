"""What clients do to what is kept for them."""
