"""`Image`: which image a version is. Tags are for people; what runs is named by its digest."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi.runtime import invoke_async

from release.architecture import Architecture


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    """Which image, and where it comes from."""

    repository_name: str
    """The repository as people know it."""
    repository_arn: pulumi.Input[str]
    """Known once the repository exists: before that there is nothing to look up."""
    repository_url: pulumi.Input[str]
    """What the image's name starts with."""
    version: str
    """The tag, which people know the image by."""
    digest: str | None = None
    """The image that the version was. None: the one that its tag names now."""
    build: str | None = None
    """Folder with a Dockerfile: the image is built from it and pushed. None: it is looked up."""
    architecture: Architecture = Architecture.X86_64
    """What a build is for; the same as the task definition's."""


class Image(pulumi.ComponentResource):
    """The image of one version, looked up in its repository or built here."""

    digest: pulumi.Output[str]
    """`sha256:...` of the image's manifest."""
    reference: pulumi.Output[str]
    """The image by its digest, as a container names it."""

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:components:Image", name, None, opts)
        built = args.build is not None and args.digest is None
        self.digest = self._built(name, args, str(args.build)) if built else self._looked_up(args)
        self.reference = pulumi.Output.concat(args.repository_url, "@", self.digest)
        self.register_outputs({"digest": self.digest, "reference": self.reference})

    def _looked_up(self, args: ImageArgs) -> pulumi.Output[str]:
        def look_up(_arn: str) -> Awaitable[str]:
            return _digest(args, pulumi.InvokeOptions(parent=self))

        return pulumi.Output.from_input(args.repository_arn).apply(look_up)

    def _built(self, name: str, args: ImageArgs, folder: str) -> pulumi.Output[str]:
        if not Path(folder, "Dockerfile").is_file():
            raise pulumi.RunError(
                f"There is no Dockerfile in {folder}, from which {name} is to be built; mend `build`."
            )
        # No registry credentials: the engine uses its own log-in, so that no password comes near the state.
        built = docker.Image(
            name,
            image_name=pulumi.Output.concat(args.repository_url, ":", args.version),
            build=docker.DockerBuildArgs(context=folder, platform=args.architecture.platform),
            opts=pulumi.ResourceOptions(parent=self),
        )
        digest: pulumi.Output[str] = built.repo_digest.apply(digest_of)
        return digest


def digest_of(repo_digest: str) -> str:
    """The digest in `<repository>@sha256:...`."""
    _, found, digest = repo_digest.rpartition("@")
    if not found:
        raise pulumi.RunError(
            f"The build was pushed, but its registry named no digest: {repo_digest!r}. Push it again."
        )
    return digest


async def _digest(args: ImageArgs, opts: pulumi.InvokeOptions) -> str:
    which = {"imageDigest": args.digest} if args.digest else {"imageTag": args.version}
    try:
        found = await invoke_async("aws:ecr/getImage:getImage", {"repositoryName": args.repository_name, **which}, opts)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        raise pulumi.RunError(not_found(args.repository_name, args.version, str(error), args.digest)) from None
    return str(found["imageDigest"])


def not_found(repository: str, version: str, error: str, digest: str | None = None) -> str:
    """What to tell people when the look-up of an image ended in `error`."""
    if "ImageNotFound" not in error:
        return f"The image {repository}:{version} could not be looked up: {error}"
    if digest:
        return (
            f"The image of {repository} {version} is gone: the repository {repository!r} has no {digest}, to which "
            "`pin` holds it. Remove `pin`, and set a version that was pushed. Nothing was changed for this service."
        )
    return (
        f"There is no image {repository}:{version}: the repository {repository!r} has no tag {version!r}. "
        f"Push it (docker push <repository url>:{version}; `pulumi stack output repositories` shows the url), "
        "or set a version that was pushed. Nothing was changed for this service."
    )
