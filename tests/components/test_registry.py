"""What holds for all repositories of an account."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.registry import Registry, Replica, Upstream
from tests.components.builders import REGISTRY, build
from tests.recording_engine import ACCOUNT, REGION

SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
POLICY = "aws:ecr/registryPolicy:RegistryPolicy"
CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
HUB = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub-AbCdEf"


def inputs(kind: str, **changed: Any) -> Any:
    return build(Registry, replace(REGISTRY, **changed)).one(kind).inputs


def test_every_image_is_scanned_when_it_is_pushed() -> None:
    said = inputs(SCANNING)
    assert said["scanType"] == "BASIC"
    assert said["rules"] == [
        {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}
    ]


def test_enhanced_scanning_goes_on_after_the_push() -> None:
    said = inputs(SCANNING, enhanced_scanning=True, scanned=["prod/*"])
    assert said["scanType"] == "ENHANCED"
    assert said["rules"] == [
        {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "prod/*", "filterType": "WILDCARD"}]}
    ]


def test_what_is_pushed_is_copied_to_every_replica() -> None:
    replicas = [Replica(account=ACCOUNT, region="eu-central-1"), Replica(account="222222222222", region=REGION)]
    said = inputs(REPLICATION, replicas=replicas, replicated_prefixes=["shared/"])
    assert said["replicationConfiguration"]["rules"] == [
        {
            "destinations": [
                {"region": "eu-central-1", "registryId": ACCOUNT},
                {"region": REGION, "registryId": "222222222222"},
            ],
            "repositoryFilters": [{"filter": "shared/", "filterType": "PREFIX_MATCH"}],
        }
    ]


def test_other_accounts_replicate_into_it_and_do_nothing_else() -> None:
    [allowed] = json.loads(inputs(POLICY)["policy"])["Statement"]
    assert allowed["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root"]}
    assert allowed["Action"] == ["ecr:CreateRepository", "ecr:ReplicateImage"]
    assert allowed["Resource"] == f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*"


def test_what_nobody_asked_for_is_not_made() -> None:
    engine = build(Registry, replace(REGISTRY, replicas=(), replicas_from=(), upstreams=()))
    assert [engine.all(kind) for kind in (REPLICATION, POLICY, CACHE, TEMPLATE)] == [[], [], [], []]


def test_in_what_ecr_makes_by_itself_images_expire_and_only_what_a_cache_fetches_again_may_move_its_tags() -> None:
    templates = {one.inputs["prefix"]: one.inputs for one in build(Registry, REGISTRY).all(TEMPLATE)}
    assert {prefix: (one["appliedFors"], one["imageTagMutability"]) for prefix, one in templates.items()} == {
        "ecr-public": (["PULL_THROUGH_CACHE"], "MUTABLE"),
        "ROOT": (["REPLICATION"], "IMMUTABLE"),
    }
    newest = [json.loads(one["lifecyclePolicy"])["rules"][-1]["selection"] for one in templates.values()]
    assert {one["countNumber"] for one in newest} == {100}
    marked = json.loads(templates["ROOT"]["lifecyclePolicy"])["rules"][0]["selection"]
    assert marked["tagPrefixList"] == ["verified-"], "what a rollback needs in the other account stays there too"


def test_a_cache_fetches_for_the_roles_that_are_named_under_its_own_prefix_alone() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/web-execution"
    upstreams = [
        Upstream(prefix="ecr-public", registry="ecr-public"),
        Upstream(prefix="quay", registry="quay", pulled_by=[role]),
    ]
    [allowed] = json.loads(inputs(POLICY, upstreams=upstreams, replicas_from=())["policy"])["Statement"]
    assert allowed["Principal"] == {"AWS": [role]}
    assert allowed["Action"] == ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
    assert allowed["Resource"] == f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/*"


def test_a_cache_names_the_address_of_its_upstream_and_who_pulls() -> None:
    said = inputs(CACHE, upstreams=[Upstream(prefix="hub", registry="docker-hub", credentials=HUB)])
    assert (said["ecrRepositoryPrefix"], said["upstreamRegistryUrl"], said["credentialArn"]) == (
        "hub",
        "registry-1.docker.io",
        HUB,
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Upstream(prefix="hub", registry="docker"), "registry is 'docker'; allowed are ecr-public, quay"),
        (lambda: Upstream(prefix="h", registry="quay"), "prefix is 'h'; allowed are 2 to 30"),
        (lambda: Upstream(prefix="Hub", registry="quay"), "prefix is 'Hub'"),
        (lambda: Upstream(prefix="hub", registry="docker-hub"), "docker-hub asks who pulls"),
        (lambda: Upstream(prefix="hub", registry="github", credentials="arn:aws:x:secret:gh"), "ecr-pullthroughcache/"),
        (lambda: replace(REGISTRY, replicas=[Replica(account=ACCOUNT, region=REGION)]), "this registry itself"),
        (lambda: replace(REGISTRY, replicas=(), replicated_prefixes=["a"]), "no replicas say where to"),
        (lambda: replace(REGISTRY, upstreams=REGISTRY.upstreams * 2), "two upstreams have the prefix 'ecr-public'"),
    ],
)
def test_what_ecr_would_refuse_is_refused_before_it_is_asked(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wrong()
