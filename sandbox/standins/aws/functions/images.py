"""Images in ECR, and the way into the registry."""

from __future__ import annotations

import base64
from typing import Any, Final

from sandbox.standins.aws.faults import Fault
from sandbox.standins.aws.functions.function import Function
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties


def _image(s: Situation) -> Properties:
    if not (s.p.get("imageTag") or s.p.get("imageDigest") or s.p.get("mostRecent")):
        raise Fault("one of `imageDigest`, `imageTag` or `mostRecent` must be specified")
    repository = s.call(
        "ecr", "DescribeRepositories", repositoryNames=[s.p["repositoryName"]], registryId=s.p.get("registryId")
    )
    image = _chosen(s)
    return {
        "id": image["imageDigest"],
        "imageDigest": image["imageDigest"],
        "imagePushedAt": int(image["imagePushedAt"].timestamp()),
        "imageSizeInBytes": image["imageSizeInBytes"],
        "imageTags": image.get("imageTags") or [],
        "imageUri": f"{repository['repositories'][0]['repositoryUri']}@{image['imageDigest']}",
        "registryId": image["registryId"],
        "repositoryName": image["repositoryName"],
    }


def _chosen(s: Situation) -> dict[str, Any]:
    wanted = {"imageTag": s.p.get("imageTag"), "imageDigest": s.p.get("imageDigest")}
    named = {name: value for name, value in wanted.items() if value}
    found: list[dict[str, Any]] = []
    token = None
    while True:
        answer = s.call(
            "ecr",
            "DescribeImages",
            repositoryName=s.p["repositoryName"],
            registryId=s.p.get("registryId"),
            imageIds=[named] if named else None,
            nextToken=token,
        )
        found += answer["imageDetails"]
        token = answer.get("nextToken")
        if not token:
            break
    if not found:
        raise Fault(f"no images found in repository {s.p['repositoryName']}")
    return max(found, key=lambda image: image["imagePushedAt"])


def _token(s: Situation) -> Properties:
    registries = [s.p["registryId"]] if s.p.get("registryId") else None
    found = s.call("ecr", "GetAuthorizationToken", registryIds=registries)["authorizationData"][0]
    user, _, password = base64.b64decode(found["authorizationToken"]).decode().partition(":")
    return {
        "id": s.region,
        "authorizationToken": found["authorizationToken"],
        "expiresAt": found["expiresAt"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "proxyEndpoint": found["proxyEndpoint"],
        "userName": user,
        "password": password,
    }


def _repositories(s: Situation) -> Properties:
    names: list[str] = []
    token = None
    while True:
        answer = s.call("ecr", "DescribeRepositories", nextToken=token)
        names += [repository["repositoryName"] for repository in answer["repositories"]]
        token = answer.get("nextToken")
        if not token:
            return {"id": s.region, "names": sorted(names)}


FUNCTIONS: Final = (
    Function(token="aws:ecr/getImage:getImage", ask=_image),
    Function(token="aws:ecr/getRepositories:getRepositories", ask=_repositories),
    Function(
        token="aws:ecr/getAuthorizationToken:getAuthorizationToken", ask=_token, secret="authorizationToken password"
    ),
)
