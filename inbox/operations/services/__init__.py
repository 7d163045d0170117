"""What those who watch and repair do."""
