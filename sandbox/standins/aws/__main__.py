"""Starts the plugin: `pulumi-resource-aws [engine address]`. Its first line on stdout is its port."""

import sys

from sandbox.standins.aws.provider import AwsProvider
from sandbox.standins.aws.server import main

VERSION = "7.51.1"
"""Of the pulumi_aws whose types and properties are imitated."""

if __name__ == "__main__":
    main(AwsProvider, VERSION, sys.argv[1:])
