"""`make demo` does what it promises, and goes on after it was killed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.conftest import ROOT, Project

pytestmark = pytest.mark.integration


def dead_lock(project: Project) -> Path:
    """The lock that a killed engine leaves behind: the backend's file, with the pid of a process that is gone."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    backend = Path(project.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
    lock = backend / ".pulumi" / "locks" / "organization" / "slipway" / "test" / "killed.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(
        json.dumps({"pid": gone.pid, "username": "u", "hostname": "h", "timestamp": "2026-01-01T00:00:00Z"})
    )
    return lock


def test_the_demo_goes_from_an_image_to_the_history_and_takes_away_the_lock_of_a_killed_run(project: Project) -> None:
    (project.folder / "tools").mkdir()
    shutil.copy2(ROOT / "tools" / "demo.py", project.folder / "tools" / "demo.py")
    lock = dead_lock(project)
    shown = project.run(".venv/bin/python", "tools/demo.py", timeout=400).succeeded().output
    assert not lock.exists()
    moments = (
        "its lock is taken away",
        "== The platform",
        "== 1.0.0 is released",
        "== 1.1.0 replaces it",
        "There is no image auth-service:9.9.9",
        "auth-service 1.2.0 does not run",
        "== ... and fails again",
        "== Rollback",
        "== What stack history tells",
        "Go on by hand",
    )
    places = [shown.find(moment) for moment in moments]
    assert -1 not in places, shown
    assert places == sorted(places), "the steps come in this order"
    assert "Traceback" not in shown
    assert project.outputs()["services"]["auth-service"]["version"] == "1.0.0"
