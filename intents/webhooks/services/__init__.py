"""What changes subscriptions and makes messages."""
