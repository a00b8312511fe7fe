"""Tags of resources, and account settings, through the JSON protocol."""

from __future__ import annotations

import pytest

from tests.sandbox.ecs.surroundings import Ecs, Refused


def test_every_kind_of_resource_takes_tags_and_gives_them_back(ecs: Ecs) -> None:
    shown = ecs.running_service()
    arns = [shown["clusterArn"], shown["serviceArn"], shown["taskDefinition"], ecs.tasks()[0]["taskArn"]]
    for arn in arns:
        ecs("TagResource", resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
        ecs("TagResource", resourceArn=arn, tags=[{"key": "b", "value": "3"}])
        ecs("UntagResource", resourceArn=arn, tagKeys=["a"])
        assert ecs("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "b", "value": "3"}]
    assert ecs.describe()["tags"] == [{"key": "b", "value": "3"}]


@pytest.mark.parametrize("arn", ["nonsense", "arn:aws:ecs:eu-west-1:111111111111:cluster/nowhere"])
def test_an_unknown_resource_cannot_be_tagged(ecs: Ecs, arn: str) -> None:
    with pytest.raises(Refused, match="InvalidParameterException"):
        ecs("TagResource", resourceArn=arn, tags=[{"key": "a", "value": "1"}])


def test_a_principal_s_setting_goes_before_the_account_s_and_that_before_the_default(ecs: Ecs) -> None:
    def effective() -> str:
        settings = ecs("ListAccountSettings", name="containerInsights", effectiveSettings=True)["settings"]
        return str(settings[0]["value"])

    seen = [effective()]
    ecs("PutAccountSettingDefault", name="containerInsights", value="enhanced")
    seen.append(effective())
    ecs("PutAccountSetting", name="containerInsights", value="disabled")
    seen.append(effective())
    ecs("DeleteAccountSetting", name="containerInsights")
    seen.append(effective())
    assert seen == ["disabled", "enhanced", "disabled", "enhanced"]


def test_a_new_cluster_takes_the_account_s_container_insights(ecs: Ecs) -> None:
    ecs("PutAccountSettingDefault", name="containerInsights", value="enhanced")
    cluster = ecs("CreateCluster", clusterName="c")["cluster"]
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enhanced"}]


def test_a_setting_of_a_wrong_value_is_refused(ecs: Ecs) -> None:
    with pytest.raises(Refused, match="Invalid value for awsvpcTrunking: maybe"):
        ecs("PutAccountSetting", name="awsvpcTrunking", value="maybe")
