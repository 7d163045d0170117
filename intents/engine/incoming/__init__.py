"""What outside services send to callback addresses: how it is unpacked, what it says, and whether it is signed."""
