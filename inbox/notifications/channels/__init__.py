"""Messages to people outside of the pages: one file for each channel, and the sender that keeps them apart."""
