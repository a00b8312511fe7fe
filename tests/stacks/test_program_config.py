"""What the program sees of Pulumi's config."""

from __future__ import annotations

import json

from stacks.program_config import read


def test_all_our_keys_are_seen_as_the_stack_file_has_them() -> None:
    config = {
        "slipway:aws": '{"account":"111111111111"}',
        "slipway:prefix": "",
        "slipway:mispelt": "[broken",
        "another:key": "x",
    }
    seen = read({"PULUMI_CONFIG": json.dumps(config)})
    assert seen == {"aws": {"account": "111111111111"}, "prefix": "", "mispelt": "[broken"}


def test_a_decrypted_secret_is_left_behind() -> None:
    seen = read(
        {
            "PULUMI_CONFIG": json.dumps({"slipway:password": "c4n4ry"}),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(["slipway:password"]),
        }
    )
    assert seen == {"password": {"secure": ""}}


def test_a_stack_without_config_has_none() -> None:
    assert read({}) == {}
