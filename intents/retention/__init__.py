"""For how long a workspace keeps what is over, and erasing what is past its time."""
