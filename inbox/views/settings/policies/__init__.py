"""What happens when nobody decides."""
