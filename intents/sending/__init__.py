"""What leaves the server by tries: rows that are due, leased, sent outside of a transaction, settled."""
