"""What leaves the server by tries: rows that are due, claimed under a lease, sent outside of a transaction, settled."""
