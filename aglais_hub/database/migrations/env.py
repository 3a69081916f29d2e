"""How Alembic reaches the database: over the connection that ``aglais_hub.database.migrate`` hands it."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    # Features may share a server; each keeps its own count.
    version_table=f"aglais_version_{attributes['feature']}",
    render_as_batch=True,
)
context.run_migrations()
