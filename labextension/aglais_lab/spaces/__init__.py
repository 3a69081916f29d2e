"""The home's spaces in the lab: measured, reported, and held to what their owner may have, so that nothing is lost."""
