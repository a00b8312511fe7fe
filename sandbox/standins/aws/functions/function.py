"""What a table says about a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.standins.aws import facts
from sandbox.standins.aws.aws import Aws
from sandbox.standins.aws.faults import Fault, words_of
from sandbox.standins.aws.resource_type import Situation
from sandbox.standins.aws.values import Properties


@dataclass(frozen=True, kw_only=True)
class Function:
    """One imitated function. ``ask`` gets its arguments as ``p`` of a situation, and gives its result."""

    token: str
    ask: Callable[[Situation], Properties]
    secret: str = ""
    not_imitated: str = ""

    @cached_property
    def facts(self) -> facts.FunctionFacts:
        return facts.of_function(self.token)

    def refusals(self, args: Properties) -> list[tuple[str, str]]:
        """(argument, reason) for each that the function does not take."""
        return [
            (name, f"{self.token}: the AWS stand-in does not imitate `{name}`")
            if name in self.facts.inputs
            else (name, f"{self.token}: no such argument")
            for name in args
            if name not in self.facts.inputs or name in self.not_imitated.split()
        ]

    def answer(self, aws: Aws, args: Properties) -> Properties:
        """The function's result, with its arguments among it as the real one has them."""
        try:
            found = self.ask(Situation(aws, args))
        except (ClientError, BotoCoreError, Fault, LookupError) as error:
            raise Fault(f"invoking {self.token}: {words_of(error)}") from error
        region = {"region": args.get("region") or aws.region} if "region" in self.facts.outputs else {}
        given = {name: value for name, value in args.items() if name in self.facts.outputs}
        return {**region, **given, **found}
