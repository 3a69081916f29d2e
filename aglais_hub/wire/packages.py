"""Packages: named templates of resources, in immutable versions."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, Field, computed_field, model_validator

from aglais_hub.wire.base import Instant, Model, RequestModel, reachable
from aglais_hub.wire.resources import MOST, Cores, Resources

__all__ = ["Package", "PackageRequest", "PackageRows", "PackageSize", "Part", "Workers"]

PACKAGE_NAME = r"^[a-z][a-z0-9-]{0,30}$"

PackageName = Annotated[str, Field(pattern=PACKAGE_NAME)]


class Part(Model):
    """The notebook server's share of a package: cores, and memory in MiB."""

    cores: Annotated[Cores, Field(ge=0)]
    memory: Annotated[int, Field(ge=0, le=MOST)]


class Workers(Model):
    """The Spark workers of a package: how many, and the cores and memory (MiB) of each."""

    count: Annotated[int, Field(ge=0, le=10_000)] = 0
    cores: Annotated[Cores, Field(ge=0)] = Decimal(0)
    memory: Annotated[int, Field(ge=0, le=MOST)] = 0


class PackageSize(Model):
    """What one package holds: the notebook, its Spark workers, temporary and user disk (MiB), GPUs."""

    notebook: Part
    workers: Workers = Workers()
    temporary: Annotated[int, Field(ge=0, le=MOST)] = 0
    user: Annotated[int, Field(ge=0, le=MOST)] = 0
    gpus: Annotated[int, Field(ge=0, le=10_000)] = 0

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def resources(self) -> Resources:
        """The sum that one booking of the package claims."""
        return Resources(
            cores=self.notebook.cores + self.workers.count * self.workers.cores,
            memory=self.notebook.memory + self.workers.count * self.workers.memory,
            temporary=self.temporary,
            user=self.user,
            gpus=self.gpus,
        )


class Package(Model):
    """One version of a package. A change makes a new version; a booking keeps the counts it was made with."""

    name: str
    version: int
    url: str
    title: str = ""
    rank: int
    size: PackageSize
    created: Instant


class PackageRows(Model):
    """Packages from the smallest to the largest, the newest version of each."""

    rows: list[Package]
    next: str | None = None


class PackageRequest(RequestModel):
    """Make a package, or a new version of it."""

    name: Annotated[PackageName, AfterValidator(reachable)]
    title: Annotated[str, Field(max_length=120)] = ""
    notebook_cores: Annotated[Cores, Field(ge=0)]
    notebook_memory: Annotated[int, Field(ge=0, le=MOST)]
    worker_count: Annotated[int, Field(ge=0, le=10_000)] = 0
    worker_cores: Annotated[Cores, Field(ge=0)] = Decimal(0)
    worker_memory: Annotated[int, Field(ge=0, le=MOST)] = 0
    temporary: Annotated[int, Field(ge=0, le=MOST)] = 0
    user: Annotated[int, Field(ge=0, le=MOST)] = 0
    gpus: Annotated[int, Field(ge=0, le=10_000)] = 0

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.notebook_memory + self.worker_count * self.worker_memory > MOST:
            raise ValueError("the workers' memory adds up to more than can be counted")
        if self.notebook_cores + self.worker_count * self.worker_cores > MOST // 1000:
            raise ValueError("the workers' cores add up to more than can be counted")
        return self
