"""All repositories of the sandbox: what ECR's API and the registry's HTTP API both look at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sandbox.aws_error import AwsError
from sandbox.registry import manifests
from sandbox.registry.blobs import digest_of
from sandbox.registry.repository import Image, Repository
from sandbox.registry.scanning import SETTING, scans_on_push

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.clock import Clock
    from sandbox.registry.blobs import Blobs
    from sandbox.store import Store

_PREFIX = "registry/"


@dataclass
class Shelf:
    """The repositories of one account and region, and images that wait for a repository to be created."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    staged: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Repository name -> (digest, tag) of manifests in the blob store."""
    settings: dict[str, object] = field(default_factory=dict)
    """What holds for the whole registry, by name."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """One that an older sandbox kept has no settings."""
        self.__dict__.update({"settings": {}, **state})


class Registry:
    """Repositories by account, region and name. The caller holds the sandbox's lock round every call.

    What a method changes is on file when it returns.
    """

    def __init__(self, store: Store, blobs: Blobs, clock: Clock) -> None:
        self.blobs = blobs
        self._store = store
        self._clock = clock
        self._shelves: dict[tuple[str, str], Shelf] = {}
        for key in store.keys(_PREFIX):
            account, region = key.removeprefix(_PREFIX).split("/")
            self._shelves[account, region] = cast("Shelf", store.get(key))

    def repositories(self, account: str, region: str) -> list[Repository]:
        """The repositories of an account, by name."""
        repositories = self._shelf(account, region).repositories
        return [repositories[name] for name in sorted(repositories)]

    def shelves(self) -> Iterator[tuple[str, str]]:
        """The accounts and regions that have, or wait for, repositories."""
        return iter(sorted(self._shelves))

    def repository(self, account: str, region: str, name: str) -> Repository:
        """The repository; raises ECR's error when there is none."""
        repository = self._shelf(account, region).repositories.get(name)
        if repository is None:
            raise AwsError(
                "RepositoryNotFoundException",
                f"The repository with name '{name}' does not exist in the registry with id '{account}'",
            )
        return repository

    def create(self, repository: Repository) -> None:
        """Add a repository; images that were staged for it appear at once."""
        shelf = self._shelf(repository.account, repository.region)
        if repository.name in shelf.repositories:
            raise AwsError(
                "RepositoryAlreadyExistsException",
                f"The repository with name '{repository.name}' already exists in the registry with id "
                f"'{repository.account}'",
            )
        shelf.repositories[repository.name] = repository
        for digest, tag in shelf.staged.pop(repository.name, []):
            self._take(repository, digest, tag)
        self.save(repository)

    def delete(self, repository: Repository) -> None:
        """Remove a repository with everything in it."""
        del self._shelf(repository.account, repository.region).repositories[repository.name]
        self.save(repository)

    def push(
        self, repository: Repository, content: bytes, media_type: str, tag: str | None, digest: str | None = None
    ) -> Image:
        """Take a manifest in under ECR's rules; the blobs it names must be in the repository. Returns the image.

        ``digest`` is what the client says the content's digest is.
        """
        try:
            manifest = manifests.parse(content, media_type)
        except manifests.InvalidManifestError as error:
            raise AwsError(
                "InvalidParameterException",
                f"Invalid parameter at 'ImageManifest' failed to satisfy constraint: {error}",
            ) from error
        actual = digest_of(content)
        if digest not in {None, actual}:
            raise AwsError(
                "ImageDigestDoesNotMatchException",
                f"Image digest '{digest}' does not match the digest '{actual}' of the image manifest",
            )
        repository.check_push(actual, manifest, tag)
        image = Image(self.blobs.write(content), manifest, self._clock.now())
        self._put(repository, image, tag)
        self.save(repository)
        return repository.images[actual]

    def stage(self, account: str, region: str, name: str, digest: str, tag: str) -> bool:
        """Put a made image (all its blobs are in the store) into a repository, or keep it until there is one.

        Returns whether the repository exists now. Raises ECR's error for an immutable tag.
        """
        shelf = self._shelf(account, region)
        repository = shelf.repositories.get(name)
        if repository is not None:
            self._take(repository, digest, tag)
        else:
            waiting = [(d, t) for d, t in shelf.staged.get(name, []) if t != tag]
            shelf.staged[name] = [*waiting, (digest, tag)]
        self._save(account, region)
        return repository is not None

    def link(self, repository: Repository, digest: str) -> None:
        """Count a blob among the repository's layers."""
        if digest not in repository.layers:
            repository.layers.add(digest)
            self.save(repository)

    def labels(self, repository: Repository, image: Image) -> dict[str, str]:
        """The labels in the image's config; those of the first fitting child for an index."""
        manifest = image.manifest
        while manifest.children:
            child = repository.images.get(manifest.children[0])
            if child is None:
                return {}
            manifest = child.manifest
        config = json.loads(self.blobs.read(manifest.config))
        return dict((config.get("config") or {}).get("Labels") or {})

    def settings(self, account: str, region: str) -> Mapping[str, Any]:
        """What holds for the whole registry, by name."""
        return self._shelf(account, region).settings

    def set(self, account: str, region: str, name: str, value: object) -> None:
        """Change one setting of the whole registry."""
        self._shelf(account, region).settings[name] = value
        self._save(account, region)

    def save(self, repository: Repository) -> None:
        """Write down what changed in a repository."""
        self._save(repository.account, repository.region)

    def _take(self, repository: Repository, digest: str, tag: str) -> None:
        manifest = manifests.parse(self.blobs.read(digest))
        # Checked before its layers are linked, so that a refused push leaves nothing behind.
        linked = set(repository.layers)
        repository.layers.update(manifest.blobs)
        try:
            repository.check_push(digest, manifest, tag)
        except AwsError:
            repository.layers = linked
            raise
        self._put(repository, Image(digest, manifest, self._clock.now()), tag)

    def _put(self, repository: Repository, image: Image, tag: str | None) -> None:
        rules = self.settings(repository.account, repository.region).get(SETTING)
        repository.push(image, tag, scanned=scans_on_push(rules, repository.name))

    def _shelf(self, account: str, region: str) -> Shelf:
        return self._shelves.setdefault((account, region), Shelf())

    def _save(self, account: str, region: str) -> None:
        self._store.put(f"{_PREFIX}{account}/{region}", self._shelf(account, region))
