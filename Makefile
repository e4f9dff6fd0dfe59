# The commands of the project. `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help venv docs demo experiments-quick test fuzz test-oldest peers browser audit lint types clean
.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) pip setuptools wheel
	@# torch first and pinned by itself, so that nothing else pulls another build
	$(PIP) torch numpy
	$(PIP) --no-build-isolation --editable '.[dev]'
	@# ships only as source, and its build needs the NumPy that is already there
	$(PIP) --no-build-isolation iisignature
	@touch $@

venv: $(VENV)/.ready  ## make .venv with the pinned dependencies and the package

demo: venv  ## compare the methods on simulated peptides (3 minutes)
	@# every fit anew: those of before say nothing of the code of now
	rm -rf deepsig-demo
	$(BIN)/python -m sklearn_deepsig demo --out deepsig-demo

QUICK := deepsig-experiments-quick
RUN_QUICK := $(BIN)/python -m sklearn_deepsig experiments

experiments-quick: venv  ## the experiments of docs/experiments.md in small (5 minutes)
	@# every fit anew, as in demo; a second thread helps so small networks little, and
	@# beside other work it makes them wait for each other
	rm -rf $(QUICK)
	@# the long ones side by side, the longest first, and then whatever is missing
	printf '%s\n' genes peptides irreversible scaling ablation | OMP_NUM_THREADS=1 \
		xargs -P 2 -I NAME $(RUN_QUICK) NAME --quick --out $(QUICK)
	OMP_NUM_THREADS=1 $(RUN_QUICK) all --quick --out $(QUICK)
	$(BIN)/python -m sklearn_deepsig experiments report $(QUICK) --out $(QUICK)/docs

# scikit-learn checks array-API input only if SciPy is told to. A process for each core,
# at most four, for some tests take a gigabyte; a file's tests share what it prepares.
IN_PARALLEL := -n auto --maxprocesses 4 --dist loadfile

test: venv lint types  ## style, types, and the whole test suite
	SCIPY_ARRAY_API=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(IN_PARALLEL)

fuzz: venv  ## 12,500 generated arrays and parameters, 9,000 files (nightly)
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=fuzz

OLDEST := .venv-oldest
PIP_OLDEST := $(OLDEST)/bin/python -m pip install --quiet \
	--disable-pip-version-check -c constraints-oldest.txt

$(OLDEST)/.ready: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(PIP_OLDEST) pip setuptools wheel
	@# torch is no older than in .venv: see constraints-oldest.txt
	$(PIP_OLDEST) torch numpy
	$(PIP_OLDEST) --no-build-isolation --editable '.[test]'
	@touch $@

test-oldest: $(OLDEST)/.ready  ## the test suite with the oldest versions allowed
	SCIPY_ARRAY_API=1 OMP_NUM_THREADS=1 $(OLDEST)/bin/python -m pytest $(IN_PARALLEL)

$(VENV)/.peers: $(VENV)/.ready
	$(PIP) ninja
	$(PIP) --no-build-isolation signatory
	@touch $@

peers: $(VENV)/.peers  ## build signatory too (4 minutes), to compare with

AUDIT_OPTIONS ?=

audit: peers  ## known vulnerabilities and licences of the pins (needs the network)
	$(PIP) pip-audit
	$(BIN)/python -m benchmarks.audit $(AUDIT_OPTIONS)

# The version that sklearn_deepsig/plots/_page.py names.
3DMOL := 3dmol-2.5.5

$(VENV)/3Dmol-min.js: $(VENV)/.ready
	cd $(VENV) && npm pack --silent $(subst -,@,$(3DMOL)) >/dev/null
	tar -xOf $(VENV)/$(3DMOL).tgz package/build/3Dmol-min.js >$@

browser: $(VENV)/3Dmol-min.js  ## what opens pages of molecules in the tests
	@# only as root of a Debian is it ours to install
	if ! command -v chromium && [ "$$(id -u)" = 0 ] && command -v apt-get; then \
		apt-get -qq update && \
		apt-get -qq install -y --no-install-recommends chromium; fi

$(VENV)/.docs: $(VENV)/.ready
	$(PIP) --no-build-isolation --editable '.[docs]'
	@touch $@

SITE := docs/_build/html

docs: $(VENV)/.docs  ## build and check the documentation, into docs/_build/html (2 minutes)
	rm -rf docs/_build docs/generated docs/auto_examples
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs $(SITE)
	$(BIN)/python docs/check_site.py $(SITE)

lint: venv  ## ruff: style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: venv  ## mypy, strict on the lower layers
	$(BIN)/mypy

clean:  ## remove .venv and what the tools left
	rm -rf docs/_build docs/generated docs/auto_examples deepsig-demo $(QUICK)
	rm -rf $(VENV) $(OLDEST) .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
