"""A class that begins at one time, in labs that were made ready before."""
