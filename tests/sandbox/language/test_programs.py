"""Programs under the stand-in of the language host: what the user sees of their errors, their output, their config."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

from sandbox.standins.language import host
from tests.sandbox.language.project import Project


def test_an_empty_program_succeeds(project: Project) -> None:
    ran = project.up()
    assert ran.code == 0, ran.output
    assert "1 created" in ran.output


def test_outputs_of_a_program_are_stored(project: Project) -> None:
    project.write("__main__.py", "import pulumi\npulumi.export('answer', 42)\n")
    assert project.up().code == 0
    assert json.loads(project.pulumi("stack", "output", "--json").stdout) == {"answer": 42}


def test_an_exception_fails_the_update_and_shows_the_users_lines_only(project: Project) -> None:
    main = project.write(
        "__main__.py",
        """\
        def inner():
            return {}["missing"]

        def outer():
            inner()

        outer()
        """,
    )
    ran = project.up()
    assert ran.code != 0
    assert "KeyError: 'missing'" in ran.output
    for line in (7, 5, 2):
        assert f'File "{main}", line {line}' in ran.output
    assert "runpy" not in ran.output
    assert "standins/language" not in ran.output.replace(str(project.folder), "")
    assert "asyncio" not in ran.output


def test_an_exception_in_apply_shows_the_users_line(project: Project) -> None:
    main = project.write(
        "__main__.py",
        """\
        import pulumi

        def refuse(value):
            raise ValueError(f"cannot use {value}")

        pulumi.export("x", pulumi.Output.from_input("this").apply(refuse))
        """,
    )
    ran = project.up()
    assert ran.code != 0
    assert f'File "{main}", line 4, in refuse' in ran.output
    assert "ValueError: cannot use this" in ran.output


def test_the_cause_of_an_exception_is_shown_with_its_line(project: Project) -> None:
    main = project.write(
        "__main__.py",
        """\
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise RuntimeError("cannot divide") from error
        """,
    )
    ran = project.up()
    assert f'File "{main}", line 2' in ran.output
    assert "ZeroDivisionError" in ran.output
    assert f'File "{main}", line 4' in ran.output
    assert "RuntimeError: cannot divide" in ran.output


def test_a_run_error_shows_its_message_without_a_traceback(project: Project) -> None:
    project.write("__main__.py", "import pulumi\nraise pulumi.RunError('version 1.0 is not MAJOR.MINOR.PATCH')\n")
    ran = project.up()
    assert ran.code != 0
    assert "error: version 1.0 is not MAJOR.MINOR.PATCH" in ran.output
    assert "Traceback" not in ran.output


def test_a_syntax_error_shows_the_file_and_the_line(project: Project) -> None:
    main = project.write("__main__.py", "good = 1\nbad = = 2\n")
    ran = project.up()
    assert ran.code != 0
    assert f'File "{main}", line 2' in ran.output
    assert "SyntaxError" in ran.output
    assert "Traceback" not in ran.output


def test_an_exit_code_of_the_program_is_told(project: Project) -> None:
    project.write("__main__.py", "import sys\nsys.exit(3)\n")
    ran = project.up()
    assert ran.code != 0
    assert "program exited with non-zero exit code: 3" in ran.output


def test_a_folder_without_a_program_is_told(project: Project) -> None:
    (project.program / "__main__.py").unlink()
    ran = project.up()
    assert ran.code != 0
    assert "__main__.py" in ran.output
    assert str(project.program) in ran.output


def test_a_missing_sdk_is_told_with_its_remedy(tmp_path: Path) -> None:
    empty = tmp_path / "empty-venv"
    venv.create(empty, with_pip=False)
    project = Project(tmp_path / "p", virtualenv=empty)
    project.write("__main__.py", "")
    project.init()
    ran = project.up()
    assert ran.code != 0
    assert f"The Pulumi SDK cannot be imported by {empty}/bin/python" in ran.output
    assert "-m pip install -r requirements.txt" in ran.output
    assert "Traceback" not in ran.output


def test_a_missing_virtual_environment_is_told_with_its_remedy(tmp_path: Path) -> None:
    project = Project(tmp_path / "p", virtualenv=tmp_path / "nowhere")
    project.write("__main__.py", "")
    project.init()
    ran = project.up()
    assert ran.code != 0
    assert f"the virtual environment {tmp_path / 'nowhere'}" in ran.output
    assert "python3 -m venv" in ran.output


def test_an_unsupported_runtime_option_is_refused_by_name(project: Project) -> None:
    project.write("Pulumi.yaml", "name: tiny\nruntime: {name: python, options: {toolchain: poetry}}\n")
    ran = project.up()
    assert ran.code != 0
    assert "toolchain: poetry" in ran.output


def test_no_line_of_output_is_lost(project: Project) -> None:
    project.write(
        "__main__.py",
        """\
        import sys

        for number in range(5000):
            print(f"<{number}>")
        sys.stderr.write("<on stderr>")
        sys.stdout.write("<the last, without a newline>")
        """,
    )
    ran = project.up("--suppress-progress")
    assert ran.code == 0
    for expected in (*(f"<{number}>" for number in range(5000)), "<on stderr>", "<the last, without a newline>"):
        assert expected in ran.output


def test_output_before_a_hard_end_of_the_process_is_shown(project: Project) -> None:
    project.write("__main__.py", "import os\nprint('the last words', end='')\nos._exit(9)\n")
    ran = project.up()
    assert ran.code != 0
    assert "the last words" in ran.output
    assert "non-zero exit code: 9" in ran.output


def test_config_with_secrets_reaches_the_program_but_neither_argv_nor_output_nor_state(project: Project) -> None:
    secret = "h0rse-b4ttery-st4ple"
    assert project.pulumi("config", "set", "--secret", "token", stdin=secret).code == 0
    assert project.pulumi("config", "set", "plain", "seen").code == 0
    project.write(
        "__main__.py",
        """\
        import os
        from pathlib import Path

        import pulumi

        config = pulumi.Config()
        pulumi.export("plain", config.require("plain"))
        pulumi.export("secret", config.require_secret("token"))
        pulumi.export("length", pulumi.Output.unsecret(config.require_secret("token").apply(len)))
        commands, process = [], os.getpid()
        while process > 1:
            commands.append(Path(f"/proc/{process}/cmdline").read_text())
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        Path("commands").write_text("".join(commands))
        """,
    )
    ran = project.up()
    assert ran.code == 0, ran.output
    assert secret not in ran.output
    commands = (project.program / "commands").read_text()
    assert "program.py" in commands
    assert secret not in commands
    shown = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert shown == {"plain": "seen", "secret": "[secret]", "length": len(secret)}
    revealed = json.loads(project.pulumi("stack", "output", "--json", "--show-secrets").stdout)
    assert revealed["secret"] == secret
    for state in project.folder.glob("backend/**/*.json*"):
        assert secret not in state.read_text()


def test_the_program_learns_project_stack_and_organization(project: Project) -> None:
    project.write(
        "__main__.py",
        """\
        import pulumi

        pulumi.export("all", [pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack()])
        pulumi.export("root", pulumi.get_root_directory())
        pulumi.export("preview", pulumi.runtime.is_dry_run())
        """,
    )
    assert project.up().code == 0
    shown = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert shown == {"all": ["organization", "tiny", "dev"], "root": str(project.program), "preview": False}


def test_modules_of_the_host_do_not_stand_in_the_way_of_the_programs_own(project: Project) -> None:
    project.write("host.py", "NAME = 'mine'\n")
    project.write("grpc_names.py", "NAME = 'mine too'\n")
    project.write(
        "__main__.py", "import grpc_names, host, pulumi\npulumi.export('names', [host.NAME, grpc_names.NAME])\n"
    )
    ran = project.up()
    assert ran.code == 0, ran.output
    shown = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert shown == {"names": ["mine", "mine too"]}


def test_files_in_the_programs_folder_do_not_break_the_host(project: Project) -> None:
    for name in ("grpc", "sandbox", "queue"):
        project.write(f"{name}.py", "raise SystemExit('imported by mistake')\n")
    project.write("__main__.py", "")
    project.pulumi("stack", "ls")
    ran = project.pulumi("about")
    assert "imported by mistake" not in ran.output
    assert "python" in ran.output


def test_about_names_the_projects_interpreter(project: Project) -> None:
    ran = project.pulumi("about", "--json")
    assert ran.code == 0, ran.output
    assert json.loads(ran.stdout)["runtime"]["executable"].startswith(str(project.virtualenv))


def test_a_failed_run_ends_without_waiting_for_its_threads(tmp_path: Path) -> None:
    program = Path(host.__file__).with_name("program.py")
    script = tmp_path / "failing.py"
    script.write_text(
        "import runpy, threading\n"
        f"end = runpy.run_path({str(program)!r})['end']\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "print('the last words')\n"
        "end(1)\n"
    )
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "the last words\n", "")


def test_an_engine_that_ends_as_soon_as_it_has_the_error_leaves_no_traceback(tmp_path: Path) -> None:
    program = Path(host.__file__).with_name("program.py")
    script = tmp_path / "failing.py"
    script.write_text(
        "import runpy, types\n"
        "def error(text): raise ConnectionError('the engine is gone')\n"
        f"tell = runpy.run_path({str(program)!r})['tell']\n"
        "tell(types.SimpleNamespace(log=types.SimpleNamespace(error=error)), 'no such image')\n"
    )
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
