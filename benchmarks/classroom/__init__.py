"""How long people wait for a server, beside the spawners that ours build on; and many servers at once."""
