"""Times OpenStack Blazar's search for free periods. Runs in an environment of its own: ``blazar_search`` starts it.

On standard input comes a JSON object: the ``url`` of an empty PostgreSQL database, a file of ``leases`` (start, tab,
end), ``from`` and ``until``, and how many ``seconds`` to go on for. Out comes the list of seconds that each call took.
"""

import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from blazar.db.sqlalchemy import facade_wrapper, models, utils
from oslo_config import cfg
from oslo_db import options

HOST = "host"

LEASES = """
INSERT INTO leases (id, name, start_date, end_date)
    SELECT lease, 'lease', start_date, end_date FROM given;
INSERT INTO reservations (id, lease_id, resource_id, resource_type, status)
    SELECT reservation, lease, reservation, 'physical:host', 'pending' FROM given;
INSERT INTO computehosts (id, vcpus, cpu_info, hypervisor_type, hypervisor_version, memory_mb, local_gb,
        availability_zone, trust_id)
    VALUES ('host', 64, '', 'QEMU', 1, 262144, 1000, 'nova', '');
INSERT INTO computehost_allocations (id, compute_host_id, reservation_id)
    SELECT gen_random_uuid()::text, 'host', reservation FROM given;
"""


def load(url: str, leases: Path) -> None:
    """Blazar's own tables, with the indexes of foreign keys that the database it is mostly used with has by itself."""
    with facade_wrapper.session_for_write() as session:
        models.Lease.metadata.create_all(session.get_bind())
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        # Without a check of each foreign key, which takes minutes.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "CREATE TEMPORARY TABLE given (start_date timestamp, end_date timestamp,"
            " lease text DEFAULT gen_random_uuid(), reservation text DEFAULT gen_random_uuid())"
        )
        with cursor.copy("COPY given (start_date, end_date) FROM STDIN") as copy:
            copy.write(leases.read_bytes())
        cursor.execute(LEASES)
        for table in models.Lease.metadata.tables.values():
            for column in table.columns:
                if column.foreign_keys:
                    cursor.execute(f"CREATE INDEX ON {table.name} ({column.name})")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def main() -> None:
    """Load, then ask until the time is over."""
    task = json.load(sys.stdin)
    options.set_defaults(cfg.CONF, connection=task["url"].replace("postgresql:", "postgresql+psycopg:"))
    cfg.CONF([], project="blazar")
    load(task["url"], Path(task["leases"]))
    start, end = datetime.fromisoformat(task["from"]), datetime.fromisoformat(task["until"])
    taken: list[float] = []
    begun = time.perf_counter()
    # The first call also makes the connection.
    while len(taken) < 4 or time.perf_counter() - begun < task["seconds"]:
        at = time.perf_counter()
        utils.get_free_periods(HOST, start, end, timedelta(hours=1))
        taken.append(time.perf_counter() - at)
    json.dump(taken[1:], sys.stdout)


if __name__ == "__main__":
    main()
