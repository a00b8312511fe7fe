"""Writes docs/policies.md from the rules: `python -m tools.policy_docs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from policy.controls import NEEDS_A_SETTING, OUT_OF_SCOPE
from policy.rule import Level, Rule
from policy.rules import BY_ID, RULES

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "policies.md"
MARKS: Final = {Level.MANDATORY: "must", Level.ADVISORY: "advised", Level.OFF: "-"}

INTRODUCTION: Final = """# Policies

The policy pack in `policy/` asks the controls of AWS Security Hub that a Fargate platform can keep, before anything is
made:

```
pulumi preview -s test --policy-pack policy
pulumi up -s test --policy-pack policy
```

`slipway policies -e test` asks the same rules of everything that stands in the environment's state.

A property that is missing keeps no rule, unless what AWS does without it is safe. A value that is told only during the
update is not checked in a preview; the preview names it, and the update checks it before the resource is made.

## Waivers

Who answers for a rule that is not kept says so in the stack file. An expired waiver makes the update fail, whatever the
rule's level; so does one of a rule that cannot be waived.

```yaml
config:
  slipway:waivers:
    - rule: ELB.1
      resource: microservices-http # as Pulumi shows it; * stands for anything
      reason: the certificate comes with the domain in January
      owner: platform team
      expires: "2027-01-31"
```

## The rules

*must*: the update fails; *advised*: it is told; -: not asked there. *By default*: whether prod keeps it with no
setting of yours. This table is written by `python -m tools.policy_docs` from the rules themselves.

| control | severity | what is true | test | stage | prod | by default | waiver | otherwise |
|---|---|---|---|---|---|---|---|---|
"""

ELSEWHERE: Final = """
## Out of scope

| control | why |
|---|---|
"""


def page() -> str:
    """The page's text."""
    return (
        INTRODUCTION
        + "".join(map(_row, RULES))
        + ELSEWHERE
        + "".join(
            f"| {control} | {why} |\n" for control, why in sorted(OUT_OF_SCOPE.items(), key=lambda one: _order(one[0]))
        )
    )


def _row(rule: Rule) -> str:
    levels = (MARKS[rule.levels.of(environment)] for environment in ("test", "stage", "prod"))
    default = f"needs {NEEDS_A_SETTING[rule.id]}" if rule.id in NEEDS_A_SETTING else "yes"
    cells = (rule.id, rule.severity, rule.sentence, *levels, default, "yes" if rule.waivable else "no", rule.fix)
    return f"| {' | '.join(cells)} |\n"


def _order(control: str) -> tuple[str, int]:
    service, _, number = control.partition(".")
    return service, int(re.sub(r"\D", "", number))


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(BY_ID)} rules, {len(OUT_OF_SCOPE)} controls out of scope")


if __name__ == "__main__":
    main()
