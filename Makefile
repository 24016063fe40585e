# Peizhen 陪诊. `make` prints this help.
.DEFAULT_GOAL := help
.PHONY: help setup run test check format gates

PY := .venv/bin/python
GATES := $(patsubst tests/gates/%.py,%,$(wildcard tests/gates/[a-z]*.py))

help:  ## what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16
	@[ -z "$(GATES)" ] || echo "gate-NAME       one long proof: $(GATES)"
	@echo "bench-NAME      one table against our peers: $(patsubst benchmarks/%.py,%,$(filter-out benchmarks/phone.py,$(wildcard benchmarks/[a-z]*.py)))"

setup:  ## uv, Python 3.10 and the locked dependencies
	@sh scripts/bootstrap.sh

run: setup  ## the whole hospital assistant with its demo: http://localhost:8000
	@exec $(PY) -m bot.cli run

# The model is trained beside the first tests; those that need it wait, and say so if it cannot be made.
test: setup  ## the whole test suite
	@sh scripts/test-needs.sh
	@$(PY) -m bot.cli train 2>/dev/null & \
	OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

check: setup  ## format, lint, types, architecture: under a minute
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m pytest -q tests/architecture

format: setup  ## let the formatter and the linter mend what they can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

gates: setup  ## every long proof, one after the other
	@set -e; for gate in $(GATES); do $(MAKE) --no-print-directory gate-$$gate; done

gate-%: setup
	@$(PY) -m tests.gates.$(subst -,_,$*) $(ARGS)

bench-%: setup
	@$(PY) -m benchmarks.$(subst -,_,$*) $(ARGS)
