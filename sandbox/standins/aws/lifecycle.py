"""Create, read, update and delete a resource as its table says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import jmespath
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.standins.aws import tags
from sandbox.standins.aws.aws import PROPAGATION_SECONDS, Retry
from sandbox.standins.aws.casing import from_api, member_of, to_api
from sandbox.standins.aws.check import DEFAULTS
from sandbox.standins.aws.difference import changes
from sandbox.standins.aws.faults import Fault, PartialFault, exists_already, is_gone, words_of
from sandbox.standins.aws.resource_type import Call, ResourceType, Situation, Step, Update
from sandbox.standins.aws.sameness import is_empty
from sandbox.standins.aws.values import UNKNOWN, Properties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.standins.aws.aws import Aws

IN_USE: Final = (
    Retry("DependencyViolation"),
    Retry("ResourceInUse"),
    Retry("ResourceInUseException"),
    Retry("DeleteConflict"),
)
"""On delete: something that is being deleted too still holds the resource."""


def create(kind: ResourceType, aws: Aws, name: str, inputs: Properties) -> Properties:
    """Create the resource; its full state, with "id"."""
    situation = Situation(aws, {**inputs, "region": inputs.get("region") or aws.region})
    situation.p["tagsAll"] = tags.merged(aws.settings, inputs.get("tags"))
    hint = (
        f"a run that was killed may have made it: delete it, or take it over by `pulumi import {kind.token} {name} ID`"
    )
    with _told(f"creating {kind.noun} ({_label(kind, inputs, name)})", hint):
        answer = _run(kind, kind.create, situation, creating=True) or {}
        situation.p["id"] = jmespath.search(kind.id, answer) if isinstance(kind.id, str) else kind.id(situation, answer)
    try:
        with _told(f"creating {kind.noun} ({_label(kind, inputs, name)})"):
            given = {key for key, value in inputs.items() if value is not None}
            _run_updates(kind, [update for update in kind.update if update.on_create], given, situation)
            if kind.tags == "after" and situation.p["tagsAll"]:
                tags.change(kind, situation, {}, situation.p["tagsAll"])
            if kind.settled:
                kind.settled(situation)
            return _found(kind, situation)
    except Fault as fault:
        raise _partial(kind, situation, inputs, fault) from fault


def _found(kind: ResourceType, situation: Situation) -> Properties:
    """The state of a resource that exists; waits until AWS tells of it."""
    states: list[Properties] = []

    def told() -> bool:
        state = state_of(kind, situation)
        states.extend([state] if state else [])
        return bool(states)

    situation.aws.wait(told, PROPAGATION_SECONDS, f"{kind.noun} ({situation.p['id']}) to be found")
    return states[0]


def _partial(kind: ResourceType, situation: Situation, inputs: Properties, fault: Fault) -> PartialFault:
    state = None
    with suppress(ClientError, BotoCoreError, Fault, LookupError):
        state = state_of(kind, situation)
    return PartialFault(str(fault), str(situation.p["id"]), state or situation.p, inputs)


def read(kind: ResourceType, aws: Aws, name: str, resource_id: str, state: Properties) -> Properties | None:
    """The resource's state as AWS tells it now, or None when it is gone; without a state it is an import."""
    with _told(f"reading {kind.noun} ({name})"):
        if not state:
            state = kind.import_id(resource_id, aws) if kind.import_id else {"id": resource_id}
        known = {**state, "id": state.get("id", resource_id)}
        return state_of(kind, Situation(aws, {**known, "region": state.get("region") or aws.region}))


def update(kind: ResourceType, aws: Aws, name: str, old: Properties, inputs: Properties) -> Properties:
    """Change what differs; the full state."""
    differing = {path.partition(".")[0].partition("[")[0] for path in changes(kind, old, inputs, aws.settings)}
    kept = {key: value for key, value in old.items() if key not in kind.facts.inputs or key in kind.decided}
    situation = Situation(aws, {**kept, **inputs, "tagsAll": tags.merged(aws.settings, inputs.get("tags"))}, old)
    situation.p.pop(DEFAULTS, None)
    action = f"updating {kind.noun} ({_label(kind, inputs, name)})"
    done = 0
    try:
        with _told(action):
            for step in (step for step in kind.update if differing & set(step.properties.split())):
                _run(kind, step.step, situation)
                done += 1
            if "tagsAll" in differing and kind.tags:
                tags.change(kind, situation, old.get("tagsAll") or {}, situation.p["tagsAll"])
                done += 1
            if kind.settled:
                kind.settled(situation)
            return _found(kind, situation)
    except Fault as fault:
        if not done:
            raise
        raise _partial(kind, situation, inputs, fault) from fault


def delete(kind: ResourceType, aws: Aws, name: str, state: Properties) -> None:
    """Delete the resource; it is fine if it is gone already."""
    if kind.delete is None:
        return
    situation = Situation(aws, {**state, "region": state.get("region") or aws.region}, state)
    with _told(f"deleting {kind.noun} ({_label(kind, state, name)})"):
        try:
            _run(kind, kind.delete, situation, retry=IN_USE)
        except ClientError:
            # Gone already, or being deleted: AWS has many words for it, but then does not tell of it any more.
            if state_of(kind, situation) is not None:
                raise
        if kind.emptied:
            kind.emptied(situation)


def state_of(kind: ResourceType, situation: Situation) -> Properties | None:
    """Everything AWS tells about the resource, in the words of ``situation.p`` where they mean the same."""
    situation.seen.clear()
    try:
        answer = _run(kind, kind.read, situation)
    except ClientError as error:
        if is_gone(error):
            return None
        raise
    item = jmespath.search(kind.item, answer) if answer is not None else None
    if item is None or not kind.alive(item):
        return None
    found = {"id": situation.p["id"], "region": situation.region if "region" in kind.facts.properties else None}
    for name, shape in kind.facts.properties.items():
        if name in ("region", "tags", "tagsAll"):
            continue
        if name in kind.unread.split():
            found[name] = situation.p.get(name)
        elif name in kind.outputs:
            source = kind.outputs[name]
            value = jmespath.search(source, item) if isinstance(source, str) else source(situation, item)
            found[name] = value if callable(source) else from_api(value, shape, kind.names, name)
        else:
            member = kind.names.get(name) or member_of(item, name)
            found[name] = from_api(item.get(member), shape, kind.names, name) if member else None
    settled = {
        name: kind.sameness.settled(situation.p.get(name), value, name)
        for name, value in found.items()
        if value is not None
    }
    if kind.tags:
        situation.p = {**situation.p, **settled}
        every = tags.read(kind, situation, item)
        settled["tagsAll"] = every
        settled["tags"] = tags.own(situation.aws.settings, every, situation.p.get("tags")) or None
    return {name: value for name, value in settled.items() if value is not None}


def inputs_of(kind: ResourceType, state: Properties, old: Properties) -> Properties:
    """The inputs that a program must give to get this state; after ``old`` ones, or of an import."""
    if not old:
        given = {key: state[key] for key in kind.inputs if not is_empty(state.get(key))}
        return {key: value for key, value in given.items() if key not in ("region", "tagsAll")}
    inputs = {}
    for key, value in old.items():
        if key not in kind.inputs | {"tagsAll"} or kind.sameness.same(value, state.get(key), key):
            inputs[key] = value
        elif key in state:
            inputs[key] = _told_before(value, state[key], key, kind)
    return inputs


def _told_before(said: Any, found: Any, path: str, kind: ResourceType) -> Any:  # noqa: ANN401 - any values
    """``found`` without what the program never said and AWS decides."""
    if isinstance(said, Mapping) and isinstance(found, Mapping):
        return {
            key: _told_before(said.get(key), value, f"{path}.{key}", kind)
            for key, value in found.items()
            if key in said or not kind.sameness.same_member(said, found, key, f"{path}.{key}")
        }
    return found


def preview(kind: ResourceType, aws: Aws, inputs: Properties) -> Properties:
    """What a create will give, as far as it is known."""
    known = {"region": aws.region, "tagsAll": tags.merged(aws.settings, inputs.get("tags"))}
    later = [name for name in kind.facts.properties if name not in kind.facts.inputs or name in kind.decided]
    state = {name: known.get(name, UNKNOWN) for name in later if name != "tagsAll" or kind.tags}
    return {**state, **{key: value for key, value in inputs.items() if key != DEFAULTS}}


def preview_update(kind: ResourceType, aws: Aws, old: Properties, inputs: Properties) -> Properties:
    """What an update will give: what AWS decided stays, and what the program says is new."""
    kept = {key: value for key, value in old.items() if key not in kind.facts.inputs or key in kind.decided}
    state = {**kept, **{key: value for key, value in inputs.items() if key != DEFAULTS}}
    if kind.tags:
        state["tagsAll"] = tags.merged(aws.settings, inputs.get("tags"))
    return state


def _run_updates(kind: ResourceType, updates: list[Update], given: set[str], situation: Situation) -> None:
    for update_ in updates:
        if given & set(update_.properties.split()):
            _run(kind, update_.step, situation)


def _run(
    kind: ResourceType,
    step: Call | Step,
    situation: Situation,
    *,
    creating: bool = False,
    retry: tuple[Retry, ...] = (),
) -> dict[str, Any] | None:
    """Carry out one step of a table."""
    if not isinstance(step, Call):
        answer: dict[str, Any] | None = step(situation)
        return answer
    shape = situation.aws.input_shape(kind.service, step.operation)
    parameters: dict[str, Any] = {}
    for name in step.send.split():
        value = situation.p.get(name)
        member = kind.names.get(name)
        if member not in shape.members:
            member = member_of(shape.members, name)
        if member is None:
            raise LookupError(f"{kind.token}: {step.operation} takes no {name}")
        if value is not None and value != "":
            parameters[member] = to_api(value, shape.members[member], kind.names, name)
    for member, value in step.also.items():
        parameters[member] = value(situation.p) if callable(value) else value
    if creating and kind.tags:
        parameters.update(tags.on_create(kind, situation.p["tagsAll"]))
    given = {name: value for name, value in parameters.items() if value is not None}
    return situation.aws.call(kind.service, step.operation, given, situation.region, (*step.retry, *retry))


def _label(kind: ResourceType, properties: Properties, name: str) -> str:
    named = properties.get(kind.naming.property if kind.naming else "name") or properties.get("family")
    return named if isinstance(named, str) else name


@contextmanager
def _told(action: str, if_it_exists: str = "") -> Iterator[None]:
    """Turns what goes wrong inside into one sentence that begins with the action."""
    try:
        yield
    except (ClientError, BotoCoreError, Fault, LookupError) as error:
        hint = f"; {if_it_exists}" if if_it_exists and exists_already(error) else ""
        raise Fault(f"{action}: {words_of(error)}{hint}") from error
