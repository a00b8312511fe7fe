"""Basic scanning of images. ECR user guide: "Scan images for OS vulnerabilities in Amazon ECR": documented.

A scan finds what the image's label says (``sandbox.registry.findings``).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws_error import AwsError
from sandbox.ecr.image_ids import required
from sandbox.ecr.pages import page
from sandbox.registry import findings
from sandbox.registry.findings import FINDINGS_LABEL, Finding
from sandbox.registry.scanning import NO_RULES, SETTING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.caller import Caller
    from sandbox.clock import Clock
    from sandbox.registry.registry import Registry
    from sandbox.registry.repository import Image, Repository

    Params = dict[str, Any]

SCAN_TAKES = timedelta(seconds=10)
"""Assumed."""
_AGAIN_AFTER = timedelta(hours=24)


class Scans:
    """The operations on scans. A scan needs no time to be told of: what it found is looked up when somebody asks."""

    def __init__(self, registry: Registry, clock: Clock, repository: Callable[[Caller, Params], Repository]) -> None:
        self._registry = registry
        self._clock = clock
        self._repository = repository

    @property
    def handlers(self) -> Mapping[str, Callable[[Caller, Params], Params]]:
        """Operation name -> handler."""
        return {
            "StartImageScan": self.start,
            "DescribeImageScanFindings": self.describe,
            "GetRegistryScanningConfiguration": self.registry_configuration,
            "PutRegistryScanningConfiguration": self.put_registry_configuration,
        }

    def start(self, caller: Caller, params: Params) -> Params:
        """Scan an image, once in 24 hours, the scan on push included."""
        repository = self._repository(caller, params)
        image = required(repository, params["imageId"])
        if image.manifest.children:
            raise AwsError(
                "UnsupportedImageTypeException",
                f"The image with digest '{image.digest}' is a manifest list, which cannot be scanned: scan the images "
                "that it names",
            )
        now, last = self._clock.now(), repository.scans.get(image.digest)
        if last is not None and now - last < _AGAIN_AFTER:
            raise AwsError("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.")
        repository.scans[image.digest] = now
        self._registry.save(repository)
        return {**_name(repository, image, params), "imageScanStatus": {"status": "IN_PROGRESS"}}

    def describe(self, caller: Caller, params: Params) -> Params:
        """What the last scan of an image found."""
        repository = self._repository(caller, params)
        image = required(repository, params["imageId"])
        status = self._status(repository, image)
        if status is None:
            digest, tag = (params["imageId"].get(key, "null") for key in ("imageDigest", "imageTag"))
            raise AwsError(
                "ScanNotFoundException",
                f"Image scan does not exist for the image with '{{imageDigest:'{digest}', imageTag:'{tag}'}}' in the "
                f"repository with name '{repository.name}' in the registry with id '{repository.account}'",
            )
        answer = {**_name(repository, image, params), "imageScanStatus": status}
        if status["status"] != "COMPLETE":
            return answer
        found = self._found(repository, image)
        shown, token = page([_view(finding) for finding in found], params)
        result = {**_summary(repository.scans[image.digest], found), "findings": shown}
        return {**answer, "imageScanFindings": result, "nextToken": token}

    def summary(self, repository: Repository, image: Image) -> Params:
        """What DescribeImages says of the image's last scan; nothing when there was none."""
        status = self._status(repository, image)
        if status is None:
            return {}
        if status["status"] != "COMPLETE":
            return {"imageScanStatus": status}
        found = _summary(repository.scans[image.digest], self._found(repository, image))
        return {"imageScanStatus": status, "imageScanFindingsSummary": found}

    def registry_configuration(self, caller: Caller, _params: Params) -> Params:
        """Basic scanning, by each repository's own setting and by rules of the registry."""
        found = self._registry.settings(caller.account, caller.region).get(SETTING, NO_RULES)
        return {"registryId": caller.account, "scanningConfiguration": found}

    def put_registry_configuration(self, caller: Caller, params: Params) -> Params:
        """Say which repositories are scanned; enhanced scanning is refused by name."""
        if params.get("scanType") == "ENHANCED":
            raise NotImplementedError("enhanced scanning by Amazon Inspector; basic scanning works")
        found = {"scanType": "BASIC", "rules": params.get("rules") or []}
        self._registry.set(caller.account, caller.region, SETTING, found)
        return {"registryScanningConfiguration": found}

    def _status(self, repository: Repository, image: Image) -> Params | None:
        begun = repository.scans.get(image.digest)
        if begun is None:
            return None
        if self._clock.now() < begun + SCAN_TAKES:
            return {"status": "IN_PROGRESS"}
        try:
            self._found(repository, image)
        except ValueError as error:
            return {"status": "FAILED", "description": f"label {FINDINGS_LABEL}: {error}"}
        return {"status": "COMPLETE", "description": "The scan was completed successfully."}

    def _found(self, repository: Repository, image: Image) -> tuple[Finding, ...]:
        return findings.parse(self._registry.labels(repository, image).get(FINDINGS_LABEL, ""))


def _summary(begun: datetime, found: tuple[Finding, ...]) -> Params:
    return {
        "imageScanCompletedAt": begun + SCAN_TAKES,
        "vulnerabilitySourceUpdatedAt": begun,
        "findingSeverityCounts": dict(Counter(finding.severity for finding in found)),
    }


def _view(finding: Finding) -> Params:
    attributes = {"package_name": finding.package, "package_version": finding.version}
    return {
        "name": finding.name,
        "uri": f"https://cve.mitre.org/cgi-bin/cvename.cgi?name={finding.name}",
        "severity": finding.severity,
        "attributes": [{"key": key, "value": value} for key, value in attributes.items() if value],
    }


def _name(repository: Repository, image: Image, params: Params) -> Params:
    return {
        "registryId": repository.account,
        "repositoryName": repository.name,
        "imageId": {**params["imageId"], "imageDigest": image.digest},
    }
