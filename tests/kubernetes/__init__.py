"""Sessions on a real Kubernetes API server."""
