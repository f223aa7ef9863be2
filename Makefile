PYTHON ?= python3
VENV ?= .venv
ADDRESS ?= localhost
PORT ?= 8501
ARGS ?=
SECONDS ?= 600

PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check
# One thread a worker, as many workers as cores; each has its own server and browser.
PYTEST := OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist worksteal
# glibc gives memory back after visitors left only if told so; elsewhere these say nothing.
MEMORY := MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144
RUNTIME := $(VENV)/.requirements
DEV := $(VENV)/.requirements-dev

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-gpu check messages-check format messages zoo bench load mutants browser clean

help: ## Show this list
	@echo "cnnlab: a browser lab for convolutional networks in PyTorch"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s%s\n", $$1, $$2 }'
	@echo "Settings: PYTHON=$(PYTHON) VENV=$(VENV) ADDRESS=$(ADDRESS) PORT=$(PORT) ARGS='more options'"

run: $(RUNTIME) ## Start the lab and print its address (ADDRESS=0.0.0.0 to share it)
	@exec env $(MEMORY) $(PY) -m streamlit run app.py --server.headless true --server.address $(ADDRESS) --server.port $(PORT) $(ARGS)

test: $(DEV) browser ## Run the tests, a real browser included
	$(PYTEST) $(ARGS)

test-all: $(DEV) browser ## Run the tests on fresh examples, and the wide sweeps (minutes)
	$(PYTEST) -m "" --hypothesis-profile fresh $(ARGS)

test-gpu: $(DEV) ## Run the tests that need a CUDA device; without one they are skipped, and say so
	$(PY) -m pytest -m gpu $(ARGS)

check: $(DEV) messages-check ## Check style, formatting and message catalogues
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

messages-check: $(DEV)
	$(PY) -m tools.messages --check

format: $(DEV) ## Put the code into the house format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

messages: $(DEV) ## Bring the message catalogues in locale/ up to date with the code
	$(PY) -m tools.messages

zoo: $(DEV) ## Write down what the installed torchvision says of its models
	$(PY) -m tools.zoo

bench: $(DEV) ## Measure what visitors wait for
	$(PY) -m tests.bench
	$(PY) -m tests.bench_summary
	$(PY) -m tests.bench_layers
	$(PY) -m tests.bench_gallery
	$(PY) -m tests.bench_training
	$(PY) -m tests.bench_training_folder
	$(PY) -m tests.bench_felt
	$(PY) -m tests.bench_watching

load: $(DEV) ## Let many visitors come at once, and one who does the worst there is (ARGS="--quick alone class")
	$(MEMORY) $(PY) -m tests.load $(ARGS)

mutants: $(DEV) ## Plant small faults in the core and count which ones the tests notice (SECONDS=600)
	$(PY) -m tools.mutants --seconds $(SECONDS) $(ARGS)

browser: $(DEV)
	@PY=$(PY) sh tools/chromium.sh

clean: ## Remove the virtual environment and all caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian ships venv and ensurepip apart from python3; asking first avoids a half-made environment.
$(PY):
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) found: install Python 3.11 or newer, or say make PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: cnnlab needs Python 3.11 or newer; say make PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: apt install python3-venv (Debian, Ubuntu)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(PY)
	$(PIP) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(PIP) -r requirements-dev.txt
	@touch $@
