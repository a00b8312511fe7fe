"""`slipway check`: what every gate says of a release, and the checklist, ticked. Nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slipway import options

if TYPE_CHECKING:
    from account.gathering import Gathered
    from release.gates import Demands, Verdict
    from slipway.project import Project
    from stacks.settings import Settings

PASSES, WARNS, REFUSES = "passes", "warns", "refuses"


@click.command(short_help="Ask every gate about a release; change nothing.")
@options.environment
@options.service
@click.option("-v", "--version", required=True, metavar="VERSION", help="The image's tag in ECR, e.g. 1.5.0.")
@options.as_json
def check(environment: str, service: str, version: str, as_json: bool) -> int:  # noqa: FBT001 - click's way
    """Ask every gate whether VERSION of SERVICE may go out in ENV now, and show the checklist, ticked.

    The same gates that `pulumi up` asks. The exit code is 0 when all of them let it pass, and 1 when one refuses.
    """
    from release.gates import judge
    from slipway.deploy import check_version_rule
    from slipway.project import Project, check_environment, check_service

    check_environment(environment)
    check_service(service)
    project = Project.find()
    check_version_rule(environment, version)
    settings = project.settings(environment)
    gathered = gather_for(project, settings, service, version)
    verdict = judge(gathered.candidate, settings.demands, preview=False)
    _show(settings.demands, gathered, verdict, as_json=as_json)
    return 1 if verdict.refused else 0


def gather_for(project: Project, settings: Settings, service: str, version: str) -> Gathered:
    """What the gates must know. A journal that is yet to be made has no attempts."""
    from account.aws_faults import AwsFault
    from account.gathering import gather
    from slipway.project import open_aws
    from slipway.stop import Mistake
    from stacks import neighbours
    from stacks.catalogue import by_name
    from stacks.changelog_file import changelog_of

    before = neighbours.promotes_from(settings.environment, project.root)
    pin = settings.services[service].pinned
    question = settings.question(service, version, before, changelog_of(by_name()[service], project.root))
    session = open_aws(settings)
    try:
        digest = pin.digest if pin else _digest(session, question.repository, version)
        bucket = settings.journal_bucket if _exists(session, settings.journal_bucket) else ""
        return gather(question, settings.demands, digest=digest, bucket=bucket)
    except AwsFault as fault:
        raise Mistake(str(fault)) from fault


def _digest(session: object, repository: str, version: str) -> str:
    from account.aws_faults import AwsFault
    from account.images import Images

    try:
        return Images(session, repository).digest(version) or ""  # type: ignore[arg-type]
    except AwsFault as fault:
        if fault.code == "RepositoryNotFoundException":
            return ""
        raise


def _exists(session: object, bucket: str) -> bool:
    from account.aws_faults import AwsFault

    try:
        session.call("s3", "head_bucket", Bucket=bucket)  # type: ignore[attr-defined]
    except AwsFault as fault:
        if fault.code in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def _show(demands: Demands, gathered: Gathered, verdict: Verdict, *, as_json: bool) -> None:
    from release.gates import GATES
    from slipway.show import show_json, show_table

    found = {one.gate: (REFUSES, one) for one in verdict.refused} | {one.gate: (WARNS, one) for one in verdict.warned}
    rows = []
    for name, _, _ in GATES:
        says, finding = found.get(name, (PASSES, None))
        rows.append((name, says, finding.refusal if finding else "", finding.remedy if finding else ""))
    ticked = [(item.name, item.text, item.name in gathered.candidate.attested) for item in demands.checklist]
    if as_json:
        show_json(
            {
                "purpose": gathered.candidate.purpose,
                "digest": gathered.candidate.digest,
                "gates": [dict(zip(("gate", "says", "refusal", "remedy"), row, strict=True)) for row in rows],
                "checklist": [{"item": name, "text": text, "ticked": done} for name, text, done in ticked],
            }
        )
        return
    show_table(("gate", "says", "why", "what to do"), rows, empty="")
    for name, text, done in ticked:
        click.echo(f"[{'x' if done else ' '}] {text} ({name})")
