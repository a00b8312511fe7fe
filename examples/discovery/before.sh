#!/usr/bin/env bash
# The images that the services run: elsewhere, push them (docker push) once their repositories are there.
for name in prices kiosk; do slipway sandbox image -e test "$name:1.0.0"; done
