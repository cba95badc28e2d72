"""One industrial park, built with verdigrid and with its peers (see ``peers.py``)."""
