"""Starts the plugin: `pulumi-resource-docker [engine address]`. Its first line on stdout is its port."""

import sys

from sandbox.standins.aws.server import main
from sandbox.standins.docker.provider import DockerProvider

VERSION = "5.2.0"
"""Of the pulumi_docker whose `Image` is imitated."""

if __name__ == "__main__":
    main(DockerProvider, VERSION, sys.argv[1:])
