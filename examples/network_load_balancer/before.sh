#!/usr/bin/env bash
# The image that the service runs: elsewhere, push it (docker push) once its repository is there.
slipway sandbox image -e test broker:1.0.0
