"""A lab in the browser, with what is ours in it and without."""
