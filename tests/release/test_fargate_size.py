"""The sizes that Fargate has (AWS: "Amazon ECS task definition parameters for Fargate", task size)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release.fargate_size import MEMORY_BY_CPU, SizeError, check_size

GIB = 1024


@pytest.mark.parametrize(
    ("cpu", "least", "most", "count"),
    [
        (256, GIB // 2, 2 * GIB, 3),
        (512, 1 * GIB, 4 * GIB, 4),
        (1024, 2 * GIB, 8 * GIB, 7),
        (2048, 4 * GIB, 16 * GIB, 13),
        (4096, 8 * GIB, 30 * GIB, 23),
        (8192, 16 * GIB, 60 * GIB, 12),
        (16384, 32 * GIB, 120 * GIB, 12),
    ],
)
def test_each_cpu_size_has_its_memory_sizes(cpu: int, least: int, most: int, count: int) -> None:
    sizes = MEMORY_BY_CPU[cpu]
    assert (sizes[0], sizes[-1], len(sizes)) == (least, most, count)
    assert list(sizes) == sorted(set(sizes))
    for memory in sizes:
        check_size(cpu, memory)


@pytest.mark.parametrize(
    ("cpu", "memory", "said"),
    [
        (128, 512, "no 128 CPU units; it has 256, 512, 1024"),
        (256, 4096, "no 4096 MiB of memory with 256 CPU units; with 256 it has 512, 1024, 2048 MiB"),
        (4096, 31 * GIB, "with 4096 it has 8192 to 30720 in steps of 1024 MiB"),
        (8192, 17 * GIB, "16384 to 61440 in steps of 4096 MiB"),
        (16384, 36 * GIB, "32768 to 122880 in steps of 8192 MiB"),
    ],
)
def test_a_size_that_fargate_lacks_is_refused_with_those_it_has(cpu: int, memory: int, said: str) -> None:
    with pytest.raises(SizeError, match=said):
        check_size(cpu, memory)


@given(st.integers(), st.integers())
def test_a_pair_is_in_the_table_or_refused(cpu: int, memory: int) -> None:
    try:
        check_size(cpu, memory)
    except SizeError:
        assert memory not in MEMORY_BY_CPU.get(cpu, ())
    else:
        assert memory in MEMORY_BY_CPU[cpu]
