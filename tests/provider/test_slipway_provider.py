"""The provider that the engine sees hands each resource to its own."""

from __future__ import annotations

import pytest
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CheckResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from provider.follow import ReleaseFailed
from provider.migration import MIGRATION
from provider.rollout import ROLLOUT
from provider.slipway_provider import SlipwayProvider
from tests.provider.test_rollout import run


class Recorder(Provider):
    """Writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def check(self, request: CheckRequest) -> CheckResponse:
        self.asked.append("check")
        return CheckResponse(request.new_inputs, [])

    async def diff(self, request: DiffRequest) -> DiffResponse:
        self.asked.append(f"diff {request.resource_id}")
        return DiffResponse(changes=False)

    async def create(self, request: CreateRequest) -> CreateResponse:
        self.asked.append("create")
        return CreateResponse("id", request.properties)

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        self.asked.append(f"update {request.resource_id}")
        return UpdateResponse(request.news)

    async def read(self, request: ReadRequest) -> ReadResponse:
        self.asked.append(f"read {request.resource_id}")
        return ReadResponse(request.resource_id)

    async def delete(self, request: DeleteRequest) -> None:
        self.asked.append(f"delete {request.resource_id}")

    async def cancel(self) -> None:
        self.asked.append("cancel")


def urn(kind: str) -> str:
    return f"urn:pulumi:test::slipway::slipway:components:Service${kind}::auth-service"


@pytest.mark.parametrize("kind", [ROLLOUT, MIGRATION])
def test_each_resource_goes_to_its_own_whatever_is_asked(kind: str) -> None:
    own = {ROLLOUT: Recorder(), MIGRATION: Recorder()}
    provider = SlipwayProvider(own)
    run(provider.check(CheckRequest(urn(kind), {}, {}, b"")))
    run(provider.diff(DiffRequest(urn(kind), "x", {}, {}, [])))
    run(provider.create(CreateRequest(urn(kind), {}, 0, preview=False)))
    run(provider.update(UpdateRequest(urn(kind), "x", {}, {}, 0, [], preview=False)))
    run(provider.read(ReadRequest(urn(kind), "x", {}, {})))
    run(provider.delete(DeleteRequest(urn(kind), "x", {}, 0)))
    assert own.pop(kind).asked == ["check", "diff x", "create", "update x", "read x", "delete x"]
    [other] = own.values()
    assert other.asked == []


def test_a_cancel_reaches_all_that_may_be_waiting() -> None:
    own = {ROLLOUT: Recorder(), MIGRATION: Recorder()}
    run(SlipwayProvider(own).cancel())
    assert [one.asked for one in own.values()] == [["cancel"], ["cancel"]]


def test_a_resource_that_is_not_ours_is_refused_with_those_that_are() -> None:
    provider = SlipwayProvider({ROLLOUT: Recorder(), MIGRATION: Recorder()})
    with pytest.raises(ReleaseFailed, match=r"no resource 'slipway:index:Other', only .*Rollout' and .*Migration'"):
        run(provider.check(CheckRequest(urn("slipway:index:Other"), {}, {}, b"")))
