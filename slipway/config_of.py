"""`slipway config-of`: the stack's config of any past update, as a stack file, to be diffed and reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from slipway import options
from slipway.stop import Mistake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.history import Update
    from slipway.project import Project

SERVICES: Final = "slipway:services"
NEAREST: Final = 3
"""Entries that are offered in place of one that is not there."""


@click.command(name="config-of", short_help="Print the stack config of a past update.")
@options.environment
@click.argument("entry")
@options.any_service
def config_of(environment: str, entry: str, service: str | None) -> int:
    """Print the config of the update ENTRY of ENV (see `slipway history`) as a stack file; only SERVICE's part with -s.

    What the file holds beside `config` is today's. Secrets stay encrypted: Pulumi's history does not tell them, so that
    today's stand there, or none.
    """
    from release.record import entries
    from slipway.project import Project, check_environment
    from slipway.pulumi_command import Pulumi
    from slipway.show import note

    check_environment(environment)
    project = Project.find()
    today = _today(project, environment)
    updates = Pulumi(project.root, environment).history()
    names = entries(updates)
    if service and "j" in entry:
        section = _from_journal(project, environment, service, entry)
        click.echo(as_yaml({"config": {SERVICES: {service: dict(section)}}}), nl=False)
        return 0
    update = updates[names.index(found(names, entry, environment, f"-e {environment}"))]
    if service:
        if service not in update.services:
            known = ", ".join(sorted(update.services)) or "none"
            raise Mistake(f"-s {service}: the update {entry} has no such service; it has {known}")
        section = ordered(update.services[service], _section(today, service))
        click.echo(as_yaml({"config": {SERVICES: {service: section}}}), nl=False)
        return 0
    config, remarks = past_config(update, today.get("config") or {})
    for remark in remarks:
        note(remark)
    click.echo(as_yaml({**today, "config": config}), nl=False)
    return 0


def found(names: Sequence[str], entry: str, of: str, options: str) -> str:
    """The one entry of that name, or that begins so. Raises `Mistake` with the nearest where there is none, or more.

    `of` names in words what the entries are of, `options` are those by which `slipway history` lists them.
    """
    hits = [name for name in names if name == entry] or [name for name in names if entry and name.startswith(entry)]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise Mistake(f"{entry}: {len(hits)} updates of {of} begin so: {', '.join(hits[:NEAREST])}")
    if not names:
        raise Mistake(f"{entry}: {of} has no history yet")
    raise Mistake(
        f"{entry!r}: no update of {of} is called so; the nearest are {', '.join(_nearest(names, entry))} "
        f"(`slipway history {options}` lists them; one that ends in j only the journal knows: add -s SERVICE)"
    )


def past_config(update: Update, today: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The `config` of the update, its keys in the order of today's file, and what is to be said of its secrets."""
    config, remarks = {}, []
    for key, told in ordered(update.config, today).items():
        now = today.get(key)
        if not told.get("secret"):
            config[key] = _value(told, now)
        elif isinstance(now, Mapping) and set(now) == {"secure"}:
            config[key] = dict(now)
            remarks.append(
                f"{key} is a secret, which Pulumi's history does not tell: today's encrypted value stands here"
            )
        else:
            remarks.append(f"{key} is or holds a secret, which Pulumi's history does not tell: it is left out")
    return config, remarks


def ordered(value: Any, like: Any) -> Any:  # noqa: ANN401 - any value of YAML
    """The same value with the keys of its mappings in the order of another; those that it has alone come last."""
    if not isinstance(value, Mapping):
        return value
    other = like if isinstance(like, Mapping) else {}
    keys = [key for key in other if key in value] + [key for key in value if key not in other]
    return {key: ordered(value[key], other.get(key)) for key in keys}


def as_yaml(document: Mapping[str, Any]) -> str:
    """The document as people write stack files: mappings as blocks, lists of plain values in one line."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - theirs
            del indentless
            super().increase_indent(flow, indentless=False)

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        plain = dumper.resolve(yaml.ScalarNode, value, (True, False)) == "tag:yaml.org,2002:str"  # type: ignore[no-untyped-call]
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

    def sequence(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
        flat = not any(isinstance(one, Mapping | list) for one in value)
        return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flat)

    Dumper.add_representer(str, text)
    Dumper.add_representer(list, sequence)
    dumped: str = yaml.dump(
        document, Dumper=Dumper, sort_keys=False, default_flow_style=False, width=10_000, allow_unicode=True
    )
    return dumped


def _value(told: Mapping[str, Any], now: object) -> Any:  # noqa: ANN401 - any value of YAML
    """An object as it is; a plain value is text to Pulumi, and keeps the type of today's where that says the same."""
    if told.get("objectValue") is not None:
        return ordered(told["objectValue"], now)
    text = str(told.get("value") or "")
    said = str(now).lower() if isinstance(now, bool) else str(now)
    return now if isinstance(now, bool | int | float) and said == text else text


def _today(project: Project, environment: str) -> Mapping[str, Any]:
    """The stack file as it is; nothing of it where it is gone or broken, for the past is told without it."""
    import yaml

    try:
        document = yaml.safe_load(project.stack_file(environment).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    usable = isinstance(document, Mapping) and isinstance(document.get("config") or {}, Mapping)
    return document if usable else {}


def _section(today: Mapping[str, Any], service: str) -> object:
    services = (today.get("config") or {}).get(SERVICES)
    return services.get(service) if isinstance(services, Mapping) else None


def _from_journal(project: Project, environment: str, service: str, entry: str) -> Mapping[str, Any]:
    """The section of a release that only the journal knows."""
    from account.aws_faults import AwsFault
    from release.journal import JournalError
    from release.record import record
    from slipway.journal import attempts_of

    try:
        attempts = attempts_of(project.settings(environment), service)
    except (AwsFault, JournalError) as trouble:
        raise Mistake(f"{trouble}: {entry} stands in the journal alone") from trouble
    releases = {one.entry: one for one in record(service, attempts, ())}
    name = found(list(releases), entry, f"{service} in {environment}", f"-e {environment} -s {service}")
    config: Mapping[str, Any] = releases[name].config
    return config


def _nearest(names: Sequence[str], entry: str) -> list[str]:
    """Those whose times are nearest to the one asked for; the newest where it is no time."""
    asked = _moment(entry)
    if asked is None:
        return list(names[:NEAREST])
    return sorted(names, key=lambda name: abs((_moment(name) or asked) - asked))[:NEAREST]


def _moment(entry: str) -> datetime | None:
    digits = "".join(letter for letter in entry.partition("T")[0] + entry.partition("T")[2][:6] if letter.isdigit())
    try:
        return datetime.strptime(digits.ljust(14, "0")[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
