"""How an account ends: at its owner's or an admin's word, at a visitor's log-out, and when its time is over."""
