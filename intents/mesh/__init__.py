"""The mesh: how the agents of a workspace are, what they cost, and stopping them."""
