"""A Kubernetes cluster of our own: real API server, controllers and scheduler; nodes that run pods as processes."""
