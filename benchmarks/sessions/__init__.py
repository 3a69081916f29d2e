"""How people fare with Spark on a cluster when others come at the same time, or run wild."""
