# Two commands: `make run` and `make test`. Both set up everything that they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := .tools/bin/uv
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
TESTS := $(if $(CHROMIUM),browser,test)
ARGS ?=
unexport PYTHONDONTWRITEBYTECODE  # each of the many processes would compile every package anew

.PHONY: help room run test setup setup-test setup-lint setup-upscale lint lock messages clean
help:
	@echo "make run    set up and run the product with its demo (PORT=8001 for another port)"
	@echo "make test   set up and run the tests"
	@echo "make lint   style, types, architecture, security"

.tools/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "nextstop: needs Python 3.11 or newer, this is $$($(PYTHON) --version 2>&1). Try PYTHON=python3.11 make run" >&2; exit 1; }
	@mkdir -p .tools && touch $@

# Asked until the packages are there: a disk that fills up under them fails with a page of errors.
room: .tools/.python
	@[ -e $(VENV)/.base ] || [ -e $(VENV)/.lint ] || $(PYTHON) -c 'import os, shutil, sys; free = shutil.disk_usage(".").free >> 20; \
	  sys.exit(f"nextstop: the packages need 1200 MB, only {free} MB are free in {os.getcwd()}" if free < 1200 else 0)'

$(UV): .tools/.python requirements/uv.txt | room
	@wheel=; $(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m ensurepip --user >/dev/null 2>&1 || wheel=$$(sh requirements/pip.sh) \
	  || { echo "nextstop: this Python has no pip, and Debian's package of it cannot be fetched: apt-get install python3-pip" >&2; exit 1; }; \
	PYTHONPATH=$${wheel:-$$PYTHONPATH} PIP_REQUIRE_VIRTUALENV=0 PIP_USER=0 $(PYTHON) -m pip install --quiet --disable-pip-version-check \
	  --no-input --root-user-action ignore --target .tools/lib --upgrade --require-hashes -r requirements/uv.txt
	@mkdir -p .tools/bin && ln -sf ../lib/bin/uv $(UV)

# Made once: the age of this link is that of the Python which it leads to.
$(BIN)/python: | $(UV)
	@$(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV)

$(VENV)/.base: requirements/base.txt $(BIN)/python
	@echo "nextstop: installing the product's packages"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.$(TESTS): requirements/$(TESTS).txt $(BIN)/python
	@echo "nextstop: installing the packages for the tests"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/$(TESTS).txt
	@touch $@ $(VENV)/.base

$(VENV)/.lint: requirements/lint.txt $(BIN)/python
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/lint.txt
	@touch $@

$(VENV)/.upscale: requirements/upscale.txt $(BIN)/python
	@echo "nextstop: installing Real-ESRGAN"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/upscale.txt
	@touch $@

setup: $(VENV)/.base
setup-test: $(VENV)/.$(TESTS)
setup-lint: $(VENV)/.lint
setup-upscale: $(VENV)/.upscale

run: setup
	@exec $(BIN)/python -m config.runner

test: setup-test
	@$(BIN)/python -c "from config.runner import compile_translations; compile_translations()"
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest $(ARGS)

lint: setup-lint
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/djade --check $$(git ls-files 'templates/*.html') && $(BIN)/lint-imports && $(BIN)/mypy && $(BIN)/bandit -q -c pyproject.toml -r config events sessions raffle cocreation

lock: $(UV)
	@for name in uv base production test browser lint upscale; do \
	  $(UV) pip compile --quiet --universal --generate-hashes --fork-strategy fewest --python-version 3.11 \
	    --custom-compile-command "make lock" requirements/$$name.in -o requirements/$$name.txt || exit 1; done

messages: setup-test
	@$(BIN)/python manage.py makemessages -l zh_Hans --no-obsolete --no-wrap -i $(VENV) -i var -i .tools -i tests

clean:
	@rm -rf var .venv .tools
