"""What containers may take of their task (AWS: "ContainerDefinition", "EphemeralStorage", "Ulimit")."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.container_limits import (
    LimitError,
    Limits,
    Ulimit,
    check_limits,
    check_stop_timeout,
    check_storage,
    check_ulimits,
)

SHARES = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 2000), max_size=5)


@given(SHARES, st.integers(256, 4096))
def test_cpu_fits_exactly_when_its_sum_is_within_the_tasks(shares: dict[str, int], cpu: int) -> None:
    containers = {name: Limits(cpu=share) for name, share in shares.items()}
    if sum(shares.values()) <= cpu:
        check_limits(cpu, 512, containers)
    else:
        with pytest.raises(LimitError, match=f"keep {sum(shares.values())} CPU units"):
            check_limits(cpu, 512, containers)


@given(st.lists(st.tuples(st.integers(6, 900), st.integers(1, 900), st.booleans(), st.booleans()), max_size=5))
def test_memory_fits_exactly_when_what_is_kept_is_within_the_tasks(
    chosen: list[tuple[int, int, bool, bool]],
) -> None:
    containers = {
        f"c{place}": Limits(
            memory=reservation + more if has_memory else None,
            memory_reservation=reservation if has_reservation else None,
        )
        for place, (reservation, more, has_memory, has_reservation) in enumerate(chosen)
    }
    task = 1024
    kept = sum(
        reservation if has_reservation else reservation + more if has_memory else 0
        for reservation, more, has_memory, has_reservation in chosen
    )
    too_big = any(has_memory and reservation + more > task for reservation, more, has_memory, _ in chosen)
    if kept <= task and not too_big:
        check_limits(256, task, containers)
    else:
        with pytest.raises(LimitError):
            check_limits(256, task, containers)


def test_the_sum_is_shown_with_its_parts() -> None:
    with pytest.raises(LimitError, match=r"keep 300 CPU units .*\(app 200 \+ router 100\).* their task has 256"):
        check_limits(256, 512, {"app": Limits(cpu=200), "router": Limits(cpu=100), "other": Limits()})


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"cpu": -1}, "cpu is -1"),
        ({"memory": 5}, "memory is 5 MiB; a container needs 6 MiB"),
        ({"memory_reservation": 0}, "memory_reservation is 0 MiB"),
        ({"memory": 128, "memory_reservation": 128}, "must be more than what is kept"),
    ],
)
def test_a_limit_that_docker_refuses_is_refused(limits: dict[str, int], said: str) -> None:
    with pytest.raises(LimitError, match=said):
        Limits(**limits)


@pytest.mark.parametrize("storage", [None, 21, 200])
def test_storage_that_fargate_has_is_taken(storage: int | None) -> None:
    check_storage(storage)


@pytest.mark.parametrize("storage", [0, 20, 201])
def test_storage_that_fargate_does_not_have_is_refused(storage: int) -> None:
    with pytest.raises(LimitError, match=f"no {storage} GiB .* 21 to 200"):
        check_storage(storage)


def test_fargate_waits_two_minutes_at_most() -> None:
    check_stop_timeout(120)
    for seconds in (0, 121):
        with pytest.raises(LimitError, match=f"stop_timeout is {seconds}; Fargate waits 1 to 120 seconds"):
            check_stop_timeout(seconds)


def test_a_ulimit_is_one_of_linux_and_its_soft_limit_is_within_its_hard_one() -> None:
    with pytest.raises(LimitError, match="there is no ulimit 'files'; there are core, cpu"):
        Ulimit(name="files", soft=1, hard=1)
    with pytest.raises(LimitError, match="soft is at most hard"):
        Ulimit(name="nofile", soft=2, hard=1)


def test_a_ulimit_is_set_once() -> None:
    once = Ulimit(name="nofile", soft=1024, hard=2048)
    check_ulimits([once, Ulimit(name="nproc", soft=1, hard=1)])
    with pytest.raises(LimitError, match="nofile is set twice"):
        check_ulimits([once, once])
