"""Ways to put an intent into an agent's hands that the server carries out itself, a file for each."""
