# Everything runs from .venv, which each target sets up as far as it needs it.
# A stamp remembers what was installed, so that running a target again costs nothing.

PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3.11 || command -v python3)
PORT ?= 8080
BIN := .venv/bin
TESTS ?= tests

.PHONY: demo run test check bench lock chromium clean

demo: .venv/run.stamp
	@$(BIN)/python -m bot demo --port $(PORT)

run: .venv/run.stamp
	@$(BIN)/python -m bot run

test: .venv/dev.stamp chromium
	@$(BIN)/python -m pytest $(TESTS) -n 2 --dist loadgroup --cov --cov-report=term

check: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/dev.stamp
	@$(BIN)/python -m tests.benchmarks

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
	@test -x $(BIN)/python || { echo "Setting up .venv…"; $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv build data/demo
