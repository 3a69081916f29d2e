"""How labs run: docs/kubernetes.md has the settings, KubeSpawner's documentation has more of them."""

c = get_config()  # noqa: F821 - JupyterHub provides it

c.JupyterHub.spawner_class = "aglais_spawner.KubeBookingSpawner"
c.KubeSpawner.image = "registry.example.org/aglais-lab:0.1.0"
c.KubeSpawner.cmd = ["start-lab", "aglais-lab"]
# Disks are the labs' user's to write on.
c.KubeSpawner.fs_gid = 1000
# Spark's workers are pods of their own.
c.KubeBookingSpawner.executors = True
c.KubeBookingSpawner.priority_classes = {
    "shared": "aglais-shared",
    "managed": "aglais-managed",
    "reserved": "aglais-reserved",
}
# As long as a new node and its first fetching of the image may take.
c.Spawner.start_timeout = 300
