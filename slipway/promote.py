"""`slipway promote`: the image that was verified in one environment, into the next one's repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway import options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from account.images import Images
    from stacks.settings import Settings


@click.command(short_help="Take a verified image on to the next environment.")
@options.environment
@options.service
@click.option("-v", "--version", required=True, metavar="VERSION", help="The tag that the image gets in ENV.")
@click.option("--from", "from_environment", metavar="ENV", help="Where it comes from, unless from the one before ENV.")
@click.option("--from-version", metavar="VERSION", help="The tag that it has there; VERSION, unless said.")
@options.as_json
def promote(  # noqa: PLR0917 - click's way
    environment: str,
    service: str,
    version: str,
    from_environment: str | None,
    from_version: str | None,
    as_json: bool,  # noqa: FBT001 - click's way
) -> int:
    """Copy the image of SERVICE from the environment before ENV (test, stage, prod) into ENV's repository.

    It is the same image, byte for byte, with the same digest, across accounts and without a rebuild; no Docker is
    needed. Only what the journal of the environment before says was verified goes on. A release that is not there under
    its own name is taken from its newest candidate: 1.0.0-rc2 of stage becomes 1.0.0 in prod.

    \b
    Examples:
      slipway promote -e stage -s auth-service -v 1.0.0-rc1 --from-version dev
      slipway promote -e prod -s auth-service -v 1.0.0
    """
    from slipway.deploy import check_version_rule
    from slipway.project import Project, check_environment, check_service
    from slipway.show import show_json

    check_environment(environment)
    check_service(service)
    check_version_rule(environment, version)
    before = _source(environment, from_environment)
    if from_version is not None:
        check_version_rule(before, from_version, option="--from-version")
    project = Project.find()
    source, target = project.settings(before), project.settings(environment)
    done = _promote(source, target, service, version, from_version)
    if as_json:
        show_json(done)
    else:
        how = "copied from" if done["changed"] else "there already, the same as"
        origin = f"{how} {done['fromVersion']} in {before}"
        click.echo(f"{service} {version} is in {environment}: {done['image']} ({origin})")
    return 0


def _source(environment: str, chosen: str | None) -> str:
    from slipway.project import environments
    from slipway.show import note
    from stacks.profiles import PROFILES

    usual = PROFILES[environment].promotes_from
    before = chosen or usual
    if not before:
        raise Mistake(f"-e {environment}: no environment comes before it: `slipway push` brings images there")
    if before not in environments() or before == environment:
        allowed = ", ".join(one for one in environments() if one != environment)
        raise Mistake(f"--from {before}: an image for {environment} cannot come from there; allowed are {allowed}")
    if usual and before != usual:
        note(f"warning: {environment} takes what was verified in {usual}; `pulumi up` will ask the journal there")
    return before


def _promote(
    source: Settings, target: Settings, service: str, version: str, from_version: str | None
) -> dict[str, object]:
    from account.aws_faults import AwsFault

    try:
        images, here = _images(source, service), _images(target, service)
        tag, digest = _find(images, source, version, from_version)
        url = _url(here, target)
        changed = _already(here, target, version, digest) is None
        if changed:
            _check_verified(images, source, service, tag, digest)
            _copy(images, here, digest, version)
    except AwsFault as fault:
        raise Mistake(f"{fault}. Nothing was changed") from fault
    return {
        "environment": target.environment,
        "service": service,
        "version": version,
        "fromEnvironment": source.environment,
        "fromVersion": tag,
        "digest": digest,
        "image": f"{url}@{digest}",
        "changed": changed,
    }


def _images(settings: Settings, service: str) -> Images:
    from account.images import Images
    from account.session import STEADY
    from slipway.project import open_aws

    return Images(open_aws(settings, STEADY), settings.names.repository(service))


def _url(here: Images, target: Settings) -> str:
    from account.aws_faults import AwsFault

    try:
        return here.url()
    except AwsFault as fault:
        raise _no_repository(fault, here, target) from fault


def _find(images: Images, source: Settings, version: str, from_version: str | None) -> tuple[str, str]:
    """The tag and the digest of what is to be promoted."""
    from account.aws_faults import AwsFault
    from release.version import newest_candidate
    from slipway.show import note

    wanted = from_version or version
    try:
        digest = images.digest(wanted)
        candidate = newest_candidate(wanted, images.tags()) if digest is None and from_version is None else None
    except AwsFault as fault:
        raise _no_repository(fault, images, source) from fault
    if candidate is not None:
        note(f"{source.environment} has no {version}: taking its newest candidate, {candidate}")
        wanted, digest = candidate, images.digest(candidate)
    if digest is None:
        raise Mistake(
            f"{'--from-version' if from_version else '-v'} {wanted}: ECR repository {images.repository} of "
            f"{source.environment} (account {source.aws.account}) has neither that tag nor a candidate of it: name "
            "the tag with --from-version, or push it there first. Nothing was changed"
        )
    return wanted, digest


def _no_repository(fault: Exception, images: Images, settings: Settings) -> Exception:
    """The fault, or what it means when the repository is missing."""
    if getattr(fault, "code", "") != "RepositoryNotFoundException":
        return fault
    return Mistake(
        f"account {settings.aws.account} has no ECR repository {images.repository} yet: "
        f"`pulumi up -s {settings.environment}` makes it. Nothing was changed"
    )


def _already(here: Images, target: Settings, version: str, digest: str) -> str | None:
    """The digest, when the tag names it already. Refuses a tag that names another image."""
    there = here.digest(version)
    if there not in (None, digest):
        raise NotRunning(
            f"{here.repository}:{version} of {target.environment} is another image already, {there}; what was to be "
            f"promoted is {digest}. A version names one image for ever: promote it as the next version. "
            "Nothing was changed"
        )
    return there


def _check_verified(images: Images, source: Settings, service: str, tag: str, digest: str) -> None:
    """Refuses an image that was never seen to run in the environment that it comes from."""
    from account.aws_faults import AwsFault
    from account.journal_store import JournalStore
    from release.journal import JournalError, last_verified, verified_digest
    from release.question import journal_bucket
    from slipway.show import note

    bucket = journal_bucket(source.prefix, source.aws.account, source.aws.region)
    try:
        attempts = JournalStore(images.session, bucket).attempts(service)
    except JournalError as error:
        raise Mistake(f"{error}. Nothing was changed") from error
    except AwsFault as fault:
        if fault.code != "NoSuchBucket":
            raise
        note(
            f"warning: {source.environment} has no journal (there is no bucket {bucket}): "
            f"nobody knows whether {tag} was ever verified there"
        )
        return
    if verified_digest(attempts, service, digest) is None:
        last = last_verified(attempts, service)
        so_far = f"the last that was is {last.begun.version}, {last.begun.digest}" if last else "nothing was, so far"
        raise NotRunning(
            f"{service} {tag} ({digest}) was never verified in {source.environment} ({so_far}): release it there "
            f"first, `slipway deploy -e {source.environment} -s {service} -v {tag}`. Nothing was changed"
        )


def _copy(images: Images, here: Images, digest: str, version: str) -> None:
    from account.aws_faults import AwsFault
    from account.image_copy import copy
    from slipway.progress import Progress

    try:
        with Progress(f"copying to {here.repository}") as progress:
            copy(images, here, digest, version, progress.bytes)
    except AwsFault as fault:
        raise NotRunning(
            f"{fault}. {here.repository} has no {version} from this run: run the same again, it goes on from here"
        ) from fault
