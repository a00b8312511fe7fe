"""What the control plane remembers: records in memory, written to the store before a request is answered."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox import stored_layout
from sandbox.ecs.arns import Place
from sandbox.ecs.service_record import ServiceRecord
from sandbox.ecs.task_record import LoneTask

if TYPE_CHECKING:
    from sandbox.ecs.ports import Store

_PREFIX = "ecs/"

Json = dict[str, Any]
"""A structure of AWS's API, with the member names of its model."""


@dataclass
class ClusterRecord:
    """A cluster, as DescribeClusters shows it but for the counts."""

    place: Place
    name: str
    arn: str
    body: Json
    tags: list[Json] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        return f"{_PREFIX}{self.place.account}/{self.place.region}/cluster/{self.name}"


@dataclass
class TaskDefinitionRecord:
    """One revision of a family; ``body`` is what DescribeTaskDefinition answers."""

    body: Json
    tags: list[Json] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """The ARN, with family and revision."""
        return str(self.body["taskDefinitionArn"])


@dataclass
class FamilyRecord:
    """All revisions of a task definition family, by number; numbers are never used again."""

    place: Place
    name: str
    last_revision: int = 0
    revisions: dict[int, TaskDefinitionRecord] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        return f"{_PREFIX}{self.place.account}/{self.place.region}/family/{self.name}"


@dataclass
class SettingsRecord:
    """Account settings: of the account (principal "") and of single principals, by name."""

    place: Place
    values: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Where the store keeps it."""
        return f"{_PREFIX}{self.place.account}/{self.place.region}/settings"


@dataclass
class Holdings:
    """Everything of one place."""

    place: Place
    settings: SettingsRecord
    clusters: dict[str, ClusterRecord] = field(default_factory=dict)
    families: dict[str, FamilyRecord] = field(default_factory=dict)
    services: dict[tuple[str, str], ServiceRecord] = field(default_factory=dict)
    """By cluster name and service name."""
    lone_tasks: dict[str, LoneTask] = field(default_factory=dict)
    """Tasks of no service, by id."""


class Records:
    """All places' holdings. ``touch`` what was changed; ``flush`` writes it, all or none."""

    def __init__(self, store: Store, layout: str) -> None:
        """Read what the store holds; raises SandboxError if its records have another ``layout``."""
        self._store = store
        stored_layout.check(store, "ecs", layout)
        self._places: dict[Place, Holdings] = {}
        self._touched: dict[str, Any] = {}
        for key in store.keys(_PREFIX):
            self._adopt(store.get(key))

    def holdings(self, place: Place) -> Holdings:
        """What stands in ``place``."""
        if place not in self._places:
            self._places[place] = Holdings(place, SettingsRecord(place))
        return self._places[place]

    def all(self) -> list[Holdings]:
        """The holdings of every place."""
        return list(self._places.values())

    def touch(self, record: Any) -> None:  # noqa: ANN401 - any of the records, all have a key
        """Remember that ``record`` has changed."""
        self._touched[record.key] = record

    def forget(self, record: Any) -> None:  # noqa: ANN401 - any of the records, all have a key
        """Drop ``record`` from the store."""
        self._touched.pop(record.key, None)
        self._store.delete(record.key)

    def flush(self) -> None:
        """Write all that was touched."""
        if self._touched:
            protocol = pickle.HIGHEST_PROTOCOL
            self._store.put_pickled({key: pickle.dumps(record, protocol) for key, record in self._touched.items()})
            self._touched.clear()

    def _adopt(self, record: Any) -> None:  # noqa: ANN401 - any of the records
        holdings = self.holdings(record.place)
        match record:
            case ClusterRecord():
                holdings.clusters[record.name] = record
            case FamilyRecord():
                holdings.families[record.name] = record
            case SettingsRecord():
                holdings.settings = record
            case ServiceRecord():
                holdings.services[record.cluster, record.name] = record
            case LoneTask():
                holdings.lone_tasks[record.task.id] = record
