"""What the templates say again and again."""
