"""`slipway push`: build an image, tag it, push it. The SOP's script `push-to-ecr.sh`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slipway import options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from account.images import Images
    from slipway.project import Project
    from slipway.working_tree import WorkingTree
    from stacks.settings import Settings


@click.command(short_help="Build an image and push it.")
@options.environment
@options.service
@click.option("-v", "--version", required=True, metavar="VERSION", help="The tag, e.g. 1.5.0; in test also dev.")
@click.option("--folder", metavar="DIR", help="Where the Dockerfile is.")
@options.as_json
def push(environment: str, service: str, version: str, folder: str | None, as_json: bool) -> int:  # noqa: FBT001
    """Build SERVICE's image for the processor its tasks run on, push it to ENV's repository, and print its digest.

    The folder is DIR; without it the service's `build` in Pulumi.ENV.yaml; without that examples/SERVICE with _ for -.
    The image's labels say commit, repository, version and time. A tag that exists is refused before anything is built,
    but for tags that may move (dev* in test).

    \b
    Examples:
      slipway push -e test -s auth-service -v dev
      slipway push -e test -s auth-service -v 1.5.0-rc1 --folder ../auth
    """
    from slipway import docker_command, working_tree
    from slipway.deploy import check_version_rule
    from slipway.project import Project, check_environment, check_service
    from slipway.show import note, show_json

    check_environment(environment)
    check_service(service)
    check_version_rule(environment, version)
    project = Project.find()
    settings = project.settings(environment)
    context = _context(project, settings, service, folder)
    docker_command.check_engine()
    images, url = _target(settings, service)
    _check_tag(images, settings, version)
    _say_what_comes_before(settings)
    tree = working_tree.look(context)
    _warn(tree, context)

    image = f"{url}:{version}"
    platform = _platform(service)
    note(f"building {context} for {platform} as {image}")
    docker_command.build(context, image, labels(tree, version), platform)
    digest = _push(images, image, version)
    if as_json:
        show_json(
            {
                "environment": environment,
                "service": service,
                "version": version,
                "digest": digest,
                "image": f"{url}@{digest}",
                "revision": tree.revision,
                "source": tree.remote,
            }
        )
    else:
        click.echo(f"{service} {version} is in {environment}: {url}@{digest}")
    return 0


def labels(tree: WorkingTree, version: str) -> dict[str, str]:
    """The labels of the image (OCI Image Format Specification: "Annotations"); none for what is not known."""
    from datetime import UTC, datetime

    known = {
        "revision": tree.revision,
        "source": tree.remote,
        "version": version,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return {f"org.opencontainers.image.{key}": value for key, value in known.items() if value}


def _platform(service: str) -> str:
    """What the service's tasks run on: the catalogue says it."""
    from stacks.catalogue import CATALOGUE

    return next(one for one in CATALOGUE if one.name == service).architecture.platform


def _context(project: Project, settings: Settings, service: str, chosen: str | None) -> Path:
    """The folder to build. `--folder` is seen from where people are, the rest from the project."""
    if chosen is not None:
        folder, said = Path.cwd() / chosen, f"--folder {chosen}"
    elif (dial := settings.services[service].build) is not None:
        folder, said = project.root / dial, f"slipway:services.{service}.build in Pulumi.{settings.environment}.yaml"
    else:
        folder, said = project.root / "examples" / service.replace("-", "_"), "neither `build` nor --folder says where"
    if not (folder / "Dockerfile").is_file():
        raise Mistake(f"there is no Dockerfile in {folder} ({said}): name the folder that has it with --folder")
    return folder.resolve()


def _target(settings: Settings, service: str) -> tuple[Images, str]:
    """The repository that the image goes to, and its address."""
    from account.aws_faults import AwsFault
    from account.images import Images
    from slipway.project import open_aws

    images = Images(open_aws(settings), settings.names.repository(service))
    try:
        return images, images.url()
    except AwsFault as fault:
        if fault.code == "RepositoryNotFoundException":
            raise Mistake(
                f"account {settings.aws.account} has no ECR repository {images.repository} yet: "
                f"`pulumi up -s {settings.environment}` makes it. Nothing was built"
            ) from fault
        raise Mistake(f"{fault}. Nothing was built") from fault


def _check_tag(images: Images, settings: Settings, version: str) -> None:
    """Refuses a tag that is taken and may not move."""
    from account.aws_faults import AwsFault

    if any(fnmatchcase(version, pattern) for pattern in settings.profile.moving_tags):
        return
    try:
        there = images.digest(version)
    except AwsFault as fault:
        raise Mistake(f"{fault}. Nothing was built") from fault
    if there is not None:
        raise NotRunning(
            f"-v {version}: {images.repository}:{version} of {settings.environment} exists already, it is {there}. "
            "A version names one image for ever: push the next one. Nothing was built"
        )


def _say_what_comes_before(settings: Settings) -> None:
    from slipway.show import note

    before = settings.profile.promotes_from
    if before:
        note(
            f"warning: {settings.environment} takes what was verified in {before}, and an image that is built anew was "
            f"not: `slipway promote` brings the same image from there"
        )


def _warn(tree: WorkingTree, context: Path) -> None:
    from slipway.show import note

    if not tree.commit:
        note(f"warning: git knows no commit of {context}: the image will not say what it was built from")
    elif tree.changes:
        named = ", ".join(tree.changes[:3]) + (", ..." if len(tree.changes) > 3 else "")  # noqa: PLR2004 - a glance
        note(f"warning: {context} differs from commit {tree.commit[:12]} ({named}): its label will end in -dirty")


def _push(images: Images, image: str, version: str) -> str:
    """Logs in and pushes; returns the digest that ECR has under the tag then."""
    from account.aws_faults import AwsFault
    from slipway import docker_command

    try:
        user, password, registry = _login(images)
        docker_command.log_in(registry, user, password)
        docker_command.push(image)
        digest = images.digest(version)
    except AwsFault as fault:
        raise NotRunning(f"{fault}. {image} is built, but it is not known to be pushed: run the same again") from fault
    if digest is None:
        raise NotRunning(f"docker says that it has pushed {image}, but ECR has no such tag: look at its output above")
    return digest


def _login(images: Images) -> tuple[str, str, str]:
    """User, password and registry, as AWS: "GetAuthorizationToken" gives them: `user:password` in base64."""
    import base64

    answer = images.session.call("ecr", "get_authorization_token")["authorizationData"][0]
    user, _, password = base64.b64decode(answer["authorizationToken"]).decode().partition(":")
    return user, password, answer["proxyEndpoint"].rpartition("//")[2]
