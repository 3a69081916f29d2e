"""One row for each version of a package; the newest that is not withdrawn counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.database import Base, make_metadata

__all__ = ["PackageRow", "PackagesBase"]


class PackagesBase(Base):
    """The base of this feature's tables."""

    __abstract__ = True
    metadata = make_metadata()


class PackageRow(PackagesBase):
    """A version of a package. Cores are thousandths, memory and disks MiB."""

    __tablename__ = "packages"

    name: Mapped[str] = mapped_column(String(31), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    notebook_cores: Mapped[int]
    notebook_memory: Mapped[int]
    worker_count: Mapped[int]
    worker_cores: Mapped[int]
    worker_memory: Mapped[int]
    temporary: Mapped[int]
    user: Mapped[int]
    gpus: Mapped[int]
    created: Mapped[datetime]
    withdrawn: Mapped[datetime | None]
