"""The figures that the project claims, measured as ratios in one run: ``make bench``."""
