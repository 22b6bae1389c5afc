# Everything runs from .venv, which each target sets up as far as it needs it.
# A stamp remembers what was installed, so that running a target again costs nothing.

# The first interpreter that really runs and is new enough; a version manager's shim may not run.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
		&& echo $$python && break; done)
PORT ?= 8080
BIN := .venv/bin
TESTS ?= tests

.PHONY: demo run test cover check bench peers lock chromium clean

demo: .venv/run.stamp
	@$(BIN)/python -m bot demo --port $(PORT)

run: .venv/run.stamp
	@$(BIN)/python -m bot run

# Three processes keep two cores busy: tests wait for answers more than they compute. The tests of a
# file share what they set up, so they run in one process.
test: .venv/dev.stamp chromium
	@$(BIN)/python -m pytest $(TESTS) -n 3 --dist loadfile $(COVER)

# The same, counting the lines that were run: that takes two thirds more processor time.
cover: COVER = --cov --cov-report=term
cover: test

check: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# The engine in virtual time (ENGINE: its options), people in conversation (BENCH: theirs), and
# what a long past costs (STORED: likewise).
bench: .venv/dev.stamp
	@$(BIN)/python -m tests.benchmarks.engine $(ENGINE)
	@$(BIN)/python -m tests.benchmarks $(BENCH)
	@$(BIN)/python -m tests.benchmarks.stored $(STORED)

# What the benchmark compares with, in an environment of its own: aiogram wants an older pydantic.
peers: .venv/peers.stamp

lock: .venv/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
		--generate-hashes --no-header --quiet --output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --quiet -c requirements.lock --output-file requirements-dev.lock

# The browser test needs a Chromium of the system's. It is installed where that is allowed;
# where not, the test says loudly that it was skipped.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
		|| command -v google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
			&& echo "Installing Chromium for the browser test…" \
			&& apt-get update -qq >/dev/null \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| echo "*** No Chromium here: the browser tests will be SKIPPED. Install it to run them. ***"

.venv/run.stamp: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none is here."; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { \
		rm -rf .venv; \
		echo "$(PYTHON) can't make a virtual environment. On Debian: apt install python3-venv"; \
		exit 1; }
	@echo "Setting up .venv (about half a minute, once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/peers.stamp: pyproject.toml .venv/dev.stamp
	@$(BIN)/python -m venv .venv/peers
	@.venv/peers/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@.venv/peers/bin/python -m pip install --quiet --disable-pip-version-check --group peers
	@touch $@

clean:
	rm -rf .venv build data/demo
