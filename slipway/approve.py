"""`slipway approve`: one person's yes to one image, written into the environment's journal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from slipway import options
from slipway.stop import Mistake, NotRunning

if TYPE_CHECKING:
    from account.session import AwsSession
    from release.approval import Approval
    from stacks.settings import Settings

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
LONGEST: Final = timedelta(days=90)
"""Who said yes longer ago did not say it to the world as it is now."""


@click.command(short_help="Say yes to a release that needs one.")
@options.environment
@options.service
@click.option("-v", "--version", required=True, metavar="VERSION", help="The image's tag in ECR, e.g. 1.5.0.")
@click.option("--attest", multiple=True, metavar="ITEM", help="Vouch for this item of the checklist, too.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the journal.")
@click.option("--expires", default="7d", show_default=True, metavar="TIME", help="For how long: 30m, 12h or 7d.")
@options.yes
@options.as_json
def approve(  # noqa: PLR0917 - click's way
    environment: str,
    service: str,
    version: str,
    attest: tuple[str, ...],
    reason: str,
    expires: str,
    yes: bool,  # noqa: FBT001 - click's way
    as_json: bool,  # noqa: FBT001 - click's way
) -> int:
    """Approve the image that VERSION of SERVICE names in ENV now, as whoever the AWS credentials belong to.

    The approval is bound to the image's digest: another image under the same version needs another yes.
    """
    from release.approval import Approval
    from slipway.deploy import check_version_rule
    from slipway.project import Project, check_environment, check_service, open_aws
    from slipway.show import note, show_json

    check_environment(environment)
    check_service(service)
    settings = Project.find().settings(environment)
    check_version_rule(environment, version)
    check_attested(settings, attest)
    lasts = duration(expires)
    options.check_answerable(yes=yes)
    session = open_aws(settings)
    digest = digest_of(session, settings, service, version)
    now = datetime.now(UTC)
    approval = Approval(
        service=service,
        version=version,
        digest=digest,
        by=session.caller,
        at=now,
        expires=now + lasts,
        reason=reason,
        attests=tuple(dict.fromkeys(attest)),
    )
    for line in _shown(environment, approval):
        note(line)
    if not yes and not click.confirm("Approve it?", err=True):
        raise NotRunning(f"{service} {version} was not approved: nothing was written")
    _write(session, settings, approval)
    if as_json:
        show_json({"environment": environment, **approval.model_dump(mode="json", by_alias=True, exclude={"form"})})
    else:
        click.echo(f"{service} {version} is approved in {environment} until {approval.expires:%Y-%m-%d %H:%M} UTC")
    return 0


def duration(text: str) -> timedelta:
    """How long the text says: `7d`, `12h`, `30m`."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text)
    lasts = timedelta(**{UNITS[match.group(2)]: int(match.group(1))}) if match else None
    if lasts is None or lasts > LONGEST:
        raise Mistake(f"--expires {text}: write minutes, hours or days, like 30m, 12h or 7d, {LONGEST.days}d at most")
    return lasts


def check_attested(settings: Settings, items: tuple[str, ...]) -> None:
    """Refuses what is no item of the environment's checklist, and what Slipway sees for itself."""
    known = [item.name for item in settings.profile.checklist if not item.by_machine]
    seen = {item.name for item in settings.profile.checklist if item.by_machine}
    for item in items:
        if item in seen:
            raise Mistake(f"--attest {item}: Slipway checks this itself; people attest {_listed(known)}")
        if item not in known:
            raise Mistake(
                f"--attest {item}: the checklist of {settings.environment} has no such item for a person; "
                f"people attest {_listed(known)}"
            )


def digest_of(session: AwsSession, settings: Settings, service: str, version: str) -> str:
    """The digest that the version names in the environment's repository now."""
    from account.aws_faults import AwsFault
    from account.images import Images

    repository = settings.names.repository(service)
    where = f"ECR repository {repository} in account {settings.aws.account}"
    try:
        digest = Images(session, repository).digest(version)
    except AwsFault as fault:
        if fault.code == "RepositoryNotFoundException":
            raise Mistake(f"there is no {where} yet: `pulumi up -s {settings.environment}` makes it") from fault
        raise Mistake(str(fault)) from fault
    if digest is None:
        raise Mistake(f"-v {version}: {where} has no image {version}: push or promote it first")
    return digest


def _shown(environment: str, approval: Approval) -> list[str]:
    from slipway.show import aligned

    rows = [
        ("release", f"{approval.service} {approval.version} in {environment}"),
        ("image", approval.digest),
        ("by", approval.by),
        ("until", f"{approval.expires:%Y-%m-%d %H:%M} UTC"),
        *((("attests", ", ".join(approval.attests)),) if approval.attests else ()),
        *((("reason", approval.reason),) if approval.reason else ()),
    ]
    return [f"  {line}" for line in aligned(rows)]


def _write(session: AwsSession, settings: Settings, approval: Approval) -> None:
    from account.aws_faults import AwsFault
    from account.journal_store import JournalStore

    bucket = settings.journal_bucket
    try:
        JournalStore(session, bucket).approve(approval)
    except AwsFault as fault:
        if fault.code == "NoSuchBucket":
            raise Mistake(
                f"{settings.environment} has no journal to write the approval into (there is no S3 bucket {bucket}): "
                f"`pulumi up -s {settings.environment}` makes it. Nothing was written"
            ) from fault
        raise Mistake(f"{fault}. Nothing was written") from fault


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing here"
