"""Which hooks ECS takes."""

from __future__ import annotations

import pytest

from release.lifecycle_hooks import HOOK_STAGES, PAUSE_STAGES, FunctionHook, HookError, PauseHook, check_number


@pytest.mark.parametrize("stage", PAUSE_STAGES)
def test_a_release_can_wait_at_each_of_these_stages(stage: str) -> None:
    assert PauseHook(stages=(stage,)).minutes == 1440


@pytest.mark.parametrize("stage", ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "SCALE_UP", "post_scale_up", ""])
def test_where_ecs_cannot_wait_is_refused_with_where_it_can(stage: str) -> None:
    with pytest.raises(HookError, match=f"stage '{stage}' cannot be chosen here; allowed are {PAUSE_STAGES[0]}"):
        PauseHook(stages=(stage,))


@pytest.mark.parametrize("minutes", [0, -1, 20_161])
def test_a_pause_has_an_end(minutes: int) -> None:
    with pytest.raises(HookError, match=f"minutes is {minutes}; a release waits for 1 to 20160"):
        PauseHook(stages=(PAUSE_STAGES[0],), minutes=minutes)


@pytest.mark.parametrize(("stages", "words"), [((), "stages is empty"), (("PRE_SCALE_UP",) * 2, "names one twice")])
def test_a_hook_names_each_of_its_stages_once(stages: tuple[str, ...], words: str) -> None:
    with pytest.raises(HookError, match=words):
        FunctionHook(stages=stages, function_arn="arn:aws:lambda:eu-west-1:111111111111:function:f")


def test_a_service_has_ten_of_each_kind_at_most() -> None:
    ten = (PauseHook(stages=HOOK_STAGES[:1]),) * 10
    functions = (FunctionHook(stages=HOOK_STAGES[:1], function_arn="f"),) * 10
    check_number((*ten, *functions))
    with pytest.raises(HookError, match="there are 11 pauses; ECS takes 10"):
        check_number((*ten, ten[0]))
