"""The models that cross the network, a file per feature. Imports nothing of ours."""
