"""Tags of resources, and account settings, through the JSON protocol."""

from __future__ import annotations

import botocore.session
import pytest

from tests.sandbox.ecs.surroundings import ACCOUNT, Ecs, Refused


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


ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def test_what_the_root_user_sets_holds_for_the_whole_account(ecs: Ecs) -> None:
    shown = ecs("PutAccountSetting", name="containerInsights", value="enhanced", principalArn=ROOT)["setting"]
    assert (shown["value"], shown["principalArn"]) == ("enhanced", ROOT)
    settings = ecs("ListAccountSettings", name="containerInsights", effectiveSettings=True)["settings"]
    assert settings[0]["value"] == "enhanced"
    assert ecs("ListAccountSettings")["settings"] == []
    assert ecs("ListAccountSettings", principalArn=ROOT)["settings"][0]["name"] == "containerInsights"
    ecs("DeleteAccountSetting", name="containerInsights", principalArn=ROOT)
    assert ecs("ListAccountSettings", principalArn=ROOT)["settings"] == []


def test_every_setting_has_a_default_and_they_come_ten_a_page(ecs: Ecs) -> None:
    first = ecs("ListAccountSettings", effectiveSettings=True)
    second = ecs("ListAccountSettings", effectiveSettings=True, nextToken=first["nextToken"])
    found = {one["name"]: one["value"] for one in first["settings"] + second["settings"]}
    names = botocore.session.get_session().get_service_model("ecs").shape_for("SettingName").enum
    assert found.keys() == set(names)
    assert (len(first["settings"]), found["fargateTaskRetirementWaitPeriod"]) == (10, "7")
    with pytest.raises(Refused, match="maxResults must be between 1 and 10, got 11"):
        ecs("ListAccountSettings", effectiveSettings=True, maxResults=11)


def test_settings_are_filtered_by_value_with_a_name_only(ecs: Ecs) -> None:
    asked = {"name": "awsvpcTrunking", "effectiveSettings": True}
    assert len(ecs("ListAccountSettings", **asked, value="disabled")["settings"]) == 1
    assert ecs("ListAccountSettings", **asked, value="enabled")["settings"] == []
    with pytest.raises(Refused, match="needs the name of an account setting"):
        ecs("ListAccountSettings", value="enabled")


@pytest.mark.parametrize("operation", ["PutAccountSetting", "PutAccountSettingDefault"])
def test_a_setting_that_another_service_owns_cannot_be_set(ecs: Ecs, operation: str) -> None:
    with pytest.raises(Refused, match="guardDutyActivate is read-only"):
        ecs(operation, name="guardDutyActivate", value="on")


def test_a_resource_has_at_most_fifty_tags_beside_those_of_aws_which_nobody_takes_away(ecs: Ecs) -> None:
    ecs.running_service(enableECSManagedTags=True)
    arn = ecs.tasks()[0]["taskArn"]
    fifty = [{"key": f"key-{number}", "value": ""} for number in range(50)]
    ecs("TagResource", resourceArn=arn, tags=fifty)
    ecs("TagResource", resourceArn=arn, tags=[{"key": "key-1", "value": "other"}])
    assert len(ecs("ListTagsForResource", resourceArn=arn)["tags"]) == 52
    with pytest.raises(Refused, match="Too many tags: 51, at most 50 are allowed"):
        ecs("TagResource", resourceArn=arn, tags=[{"key": "one-more", "value": ""}])
    with pytest.raises(Refused, match="'aws:ecs:clusterName' is not allowed"):
        ecs("UntagResource", resourceArn=arn, tagKeys=["aws:ecs:clusterName"])


@pytest.mark.parametrize(
    "tag",
    [{"key": "k" * 129, "value": ""}, {"key": "k", "value": "v" * 257}, {"key": "k?"}, {"key": "AWS:x"}, {"key": ""}],
)
def test_a_tag_that_aws_does_not_take_is_refused(ecs: Ecs, tag: dict[str, str]) -> None:
    with pytest.raises(Refused, match="InvalidParameterException"):
        ecs("CreateCluster", clusterName="c", tags=[tag])
    with pytest.raises(Refused, match="InvalidParameterException"):
        ecs("CreateCluster", clusterName="c", tags=[{"key": "twice"}, {"key": "twice"}])
