"""Email and password: registering, confirming, logging in, forgetting and changing, and the mails about it."""
