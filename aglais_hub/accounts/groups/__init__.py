"""Groups: accounts that share a budget and a space, with owners who say who is in them."""
