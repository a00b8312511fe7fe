#!/usr/bin/env bash
# The image that the task runs: elsewhere, push it (docker push) once its repository is there.
slipway sandbox image -e test reports:1.0.0
