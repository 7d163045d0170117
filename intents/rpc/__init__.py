"""What the doors that speak JSON-RPC share: reading a message, and answering it, on the loop."""
