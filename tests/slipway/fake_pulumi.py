"""A `pulumi` on PATH that does what a script says, and remembers what it was asked."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PROGRAM = """#!{python}
import json, os, sys, pathlib
home = pathlib.Path({home!r})
script = json.loads((home / "script.json").read_text())
arguments = sys.argv[1:]
told = {{name: value for name, value in os.environ.items() if name in ("SLIPWAY_REASON", "SLIPWAY_OVERRIDE")}}
with (home / "told").open("a") as file:
    file.write(json.dumps([arguments, told]) + "\\n")
with (home / "asked").open("a") as asked:
    asked.write(json.dumps(arguments) + "\\n")


def edit(file, words):
    # As `pulumi config set` and `rm` do, for paths of three steps.
    import yaml

    document = yaml.safe_load(file.read_text())
    plain = [word for word in words[2:] if word not in ("--path", "--type", "--", "string", "int")]
    key, service, dial = plain[0].split(".")
    section = document["config"].setdefault(key, {{}}).setdefault(service, {{}})
    if words[1] == "rm":
        section.pop(dial)
    else:
        section[dial] = int(plain[1]) if "int" in words else plain[1]
    file.write_text(yaml.safe_dump(document))


words = [word for word in arguments if word not in ("--non-interactive",)]
if words[0] == "--stack":
    words = words[2:]
for beginning, answer in script.items():
    if " ".join(words).startswith(beginning):
        printed = answer.get("stdout", "")
        if beginning == "stack history" and printed:
            size, page = (int(words[words.index(option) + 1]) for option in ("--page-size", "--page"))
            printed = json.dumps(json.loads(printed)[size * (page - 1) : size * page])
        sys.stdout.write(printed)
        sys.stderr.write(answer.get("stderr", ""))
        if "edits" in answer:
            edit(pathlib.Path(answer["edits"]), words)
        if "writes_to_last" in answer:
            pathlib.Path(words[-1]).write_text(answer["writes_to_last"])
        for name, text in answer.get("writes", {{}}).items():
            pathlib.Path(name).write_text(text)
        if "then" in answer:
            (home / "script.json").write_text(json.dumps(script | answer["then"]))
        if "signal" in answer:
            os.kill(os.getpid(), answer["signal"])
        sys.exit(answer.get("code", 0))
sys.exit("no such command in the script: " + " ".join(words))
"""


class FakePulumi:
    """Answers by the beginning of the command line, first fitting one wins."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        home.mkdir()
        program = home / "pulumi"
        program.write_text(PROGRAM.format(python=sys.executable, home=str(home)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{home}{os.pathsep}{os.environ['PATH']}")
        self.answers()

    def answers(self, **beginnings: dict[str, Any]) -> None:
        """`stack_history={...}` answers `pulumi stack history ...`; what is not told has an empty success."""
        usual: dict[str, Any] = {
            "stack history": {"stdout": "[]"},
            "stack export": {"stdout": "{}"},
            "config set": {},
            "config rm": {},
            "stack init": {},
            "preview": {},
            "up": {},
        }
        told = {key.replace("_", " "): answer for key, answer in beginnings.items()}
        (self.home / "script.json").write_text(
            json.dumps(told | {key: answer for key, answer in usual.items() if key not in told})
        )

    @property
    def asked(self) -> list[str]:
        path = self.home / "asked"
        if not path.exists():
            return []
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return [" ".join(word for word in line if word != "--non-interactive") for line in lines]

    def told(self, verb: str) -> dict[str, str]:
        """What the newest run of that verb was told of the release, by the variables of its process."""
        runs = [json.loads(line) for line in (self.home / "told").read_text().splitlines()]
        variables: dict[str, str] = [told for arguments, told in runs if verb in arguments][-1]
        return variables
