"""Two accounts that become one: everything of the first is the second's, and then the first ends."""
