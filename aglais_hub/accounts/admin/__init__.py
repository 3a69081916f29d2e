"""What admins do with accounts, and the trail of every change to one."""
