# Everything a clone needs: each target below sets up `.venv` by itself, once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
SOURCES := xview_loc test launch setup.py
EXECUTABLES := perception particle_filter localizer bag_player

# A sourced ROS installation or another environment must not mix with the wheels of this one.
unexport PYTHONPATH PYTHONHOME LD_LIBRARY_PATH AMENT_PREFIX_PATH COLCON_PREFIX_PATH
unexport _ROS_WHEELS_BOOTSTRAP_COMPLETE

PYTHON ?= $(shell for p in python3 python3.12 python3.13 python3.11 python3.10; do \
  $$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
  && echo $$p && break; done)

# Each stamp carries the checksum of what it was made from. The folder's own path is part of it,
# because a moved or copied environment would still point at the old folder.
checksum = $(shell cat $(1) | cksum | cut -d' ' -f1)
runtime_files := requirements/ros.txt requirements/runtime.txt
package_files := setup.py setup.cfg package.xml $(sort $(shell find launch config models resource -type f 2>/dev/null))
place := $(shell pwd -P | cksum | cut -d' ' -f1)
runtime := $(VENV)/.runtime-$(place)-$(call checksum,$(runtime_files))
package := $(VENV)/.package-$(call checksum,$(package_files))
testing := $(VENV)/.testing-$(call checksum,requirements/test.txt)
training := $(VENV)/.training-$(call checksum,requirements/train.txt)
unfinished := $(VENV)/.unfinished

# A set-up that was interrupted leaves this mark: start again from an empty environment.
ifneq ($(wildcard $(unfinished)),)
$(runtime): FORCE
endif

.PHONY: help setup demo test test-all lint clean FORCE

help: ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

setup: $(runtime) $(package) ## Build the runtime environment in .venv (the other targets do this too).

demo: setup ## Simulate a drive, localize it with the real nodes, write out/demo/report.html.
	@$(BIN)/xview-loc demo --out out/demo

lint: setup $(testing) ## Style, docstrings, types, spelling, import layers.
	@failed=0; check() { echo "$$1"; shift; "$$@" || failed=1; }; \
	check flake8 $(BIN)/python -m flake8 $(SOURCES); \
	check pydocstyle $(BIN)/python -m pydocstyle $(SOURCES); \
	check mypy $(BIN)/python -m mypy --no-error-summary; \
	check codespell $(BIN)/codespell; \
	check 'import contracts' bash -c '$(BIN)/lint-imports > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }'; \
	exit $$failed

# Tests run even where lint fails, so that one run shows both; either failure fails the target.
run_tests = lint=0; $(MAKE) --no-print-directory lint || lint=1; \
  $(BIN)/python -m pytest $(1) && exit $$lint

test: setup $(testing) $(training) ## Lint, then every test that is not marked slow.
	@$(call run_tests,--timeout 300 -m 'not slow')

test-all: setup $(testing) $(training) ## Lint, then every test.
	@$(call run_tests,--timeout 1800)

clean: ## Remove the environment and everything that was built.
	rm -rf $(VENV) build install log dist out *.egg-info .pytest_cache .mypy_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(runtime):
	@if [ -z "$(PYTHON)" ]; then \
	  echo 'Python 3.10 to 3.13 is needed and none was found; name one with: make PYTHON=/path/to/python3' >&2; exit 1; fi
	@echo 'Setting up .venv with $(PYTHON): about 1 GB, once, a minute or two ...'
	@rm -rf $(VENV) && mkdir $(VENV) && touch $(unfinished)
	@$(PYTHON) -m venv $(VENV) || { \
	  echo 'Python could not make a virtual environment; on Debian and Ubuntu: sudo apt install python3-venv' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input $(addprefix -r ,$(runtime_files))
	@$(BIN)/python -c 'import cv2, numpy, onnxruntime, pyproj, rasterio, rclpy, rosbags'
	@touch $@ && rm $(unfinished)

# The package is installed in place (edits take effect at once), together with what makes the
# environment an ament prefix: index entry, package.xml, launch, config, models, executables.
$(package): $(runtime)
	@touch $(unfinished)
	@rm -rf $(VENV)/.package-* $(VENV)/share/xview_loc $(VENV)/lib/xview_loc
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
	  --no-deps --no-build-isolation --use-pep517 --editable .
	@$(BIN)/python -W ignore setup.py --quiet install_data --install-dir $(VENV)
	@mkdir -p $(VENV)/lib/xview_loc && cp resource/setup.bash $(VENV)/setup.bash
	@for name in $(EXECUTABLES); do \
	  printf '#!/bin/sh\nunset PYTHONPATH LD_LIBRARY_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE\nexec "%s/bin/%s" "$$@"\n' '$(abspath $(VENV))' $$name \
	    > $(VENV)/lib/xview_loc/$$name; chmod +x $(VENV)/lib/xview_loc/$$name; done
	@touch $@ && rm $(unfinished)

$(testing): $(package)
	@echo 'Adding the test tools ...'
	@touch $(unfinished)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -r requirements/test.txt
	@rm -f $(VENV)/.testing-* && touch $@ && rm $(unfinished)

$(training): $(testing)
	@echo 'Adding torch for the tests of the training code: about 5 GB ...'
	@touch $(unfinished)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -r requirements/train.txt
	@rm -f $(VENV)/.training-* && touch $@ && rm $(unfinished)
