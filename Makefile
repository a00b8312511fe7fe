# What people and CI type. Every target sets up what it needs; `make setup` says how.

PYTHON ?= python3
VENV := .venv/bin
TEST_WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench race size clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## virtual environment, Pulumi engine and plugins; nothing to do the second time
	@$(PYTHON) -m tools.setup

demo: setup ## the main job on the sandbox: from an image to a verified release, and back
	@$(VENV)/python tools/demo.py

test: setup ## every test; names each skipped and failed one at the end
	@$(VENV)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -rsfE tests

check: setup ## format, lint and types
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy

bench: setup ## how long things take
	@$(VENV)/python -m tools.bench

race: setup ## how long rollbacks take, beside the runbook, ecs-deploy and StopServiceDeployment
	@$(VENV)/python -m tools.rollback_race

size: setup ## how long a preview takes with 1, 10 and 50 services
	@$(VENV)/python -m tools.stack_size

clean: ## removes what set-up made here (the engine in the user's cache stays)
	rm -rf .venv .slipway/toolchain .slipway/pulumi-home .slipway/setup.lock .pytest_cache .mypy_cache .ruff_cache *.egg-info
