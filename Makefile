# `make` lists the verbs. All run in .venv, which the first one makes.

PYTHON ?= python3
BINDER_PYTHON ?= $$(tr -d - <binder/runtime.txt)

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
WITH_BROWSER := $(VENV)/ready-browser
WITH_LITE := $(VENV)/lite/ready
WITH_VOILA := $(VENV)/present/ready
WITH_TORCH := $(VENV)/parity/ready
WITH_FAST := $(VENV)/fast/ready
HUB := $(VENV)/class
LESSONS := $(sort $(foreach path,$(wildcard notebooks/[0-9]*.ipynb),$(firstword $(subst _, ,$(notdir $(path))))))
WITH_HUB := $(HUB)/ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=60

# A process on Linux keeps much of what it frees; so it gives back some 20 MB. Less is kept than
# a training step needs, and arrays anew from the system would make the step half as long again.
export MALLOC_TRIM_THRESHOLD_ := 8388608
export MALLOC_MMAP_THRESHOLD_ := 1048576

# In most containers everyone is root: there Jupyter wants a word, and we may install.
IS_ROOT := $(filter 0,$(shell id -u))
ALLOW_ROOT := $(if $(IS_ROOT),--allow-root)
HAS_CHROMIUM = PYTHONPATH=tests/browser $(BIN)/python -c 'import lab; lab.chromium()' 2>/dev/null
GET_CHROMIUM = $(if $(IS_ROOT),apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core >/dev/null,false)

# An environment knows its folder by name: in a moved folder it does not start, and in a copied one
# it would run the code of the first. So it is made anew there.
MADE_IN := $(shell cat $(READY) 2>/dev/null)
ifneq ($(MADE_IN),)
ifneq ($(MADE_IN),$(CURDIR))
$(info The folder has been moved or copied: $(VENV) is made anew.)
$(shell rm -rf $(VENV))
endif
endif

.PHONY: help lab lesson present panels slides student handout collect questions test parity fast searches notebooks browser bench class binder pins owner lite newest clean

help:
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

lab: $(READY)  ## open the lessons in JupyterLab
	@$(BIN)/jupyter lab $(ALLOW_ROOT) \
		--ServerApp.root_dir=. --config=binder/jupyter_server_config.py notebooks/00_start_here.ipynb

present panels: LESSON ?= 00
present: lesson $(WITH_VOILA)  ## a lesson as slides, LESSON=00
	@$(BIN)/python present/show.py slides '$(LESSON)'

panels: lesson $(WITH_VOILA)  ## its live pictures alone, large
	@$(BIN)/python present/show.py panels '$(LESSON)'

slides: lesson $(WITH_BROWSER) $(WITH_VOILA)  ## slides as PDF, in slides/; of one: LESSON=00
	@$(BIN)/python present/deck.py slides $(LESSON)

student: $(READY)  ## the lessons without solutions, in student/
	@$(BIN)/python present/student.py student

handout: $(WITH_VOILA)  ## a printable page of every lesson, in handouts/; SOLUTIONS=no, COURSE=name
	@$(BIN)/python present/handout.py handouts $(if $(COURSE),--course '$(COURSE)') \
		$(if $(filter no,$(SOLUTIONS)),--no-solutions)

collect: $(READY)  ## count what a class hands in, FOLDER=... [LESSON=04]
	@$(BIN)/python collect/collect.py '$(FOLDER)' $(if $(LESSON),--lesson '$(LESSON)')

questions: $(READY)  ## five questions a lesson, as Markdown and QTI, in questions/
	@$(BIN)/python teaching/questions/export.py questions

test: $(READY)  ## check everything: code, optimizers, panels, every notebook
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(NBVAL) notebooks tests

parity: $(WITH_TORCH)  ## the optimizers beside PyTorch and optax themselves, not their record
	ADAM_PARITY=1 PYTHONPATH=$$(echo $(<D)/lib/python*/site-packages) \
		$(BIN)/python -m pytest -n 2 tests/test_optimizers.py tests/test_network.py -k 'today or here'

fast: $(WITH_FAST)  ## what needs Numba and Dask: the compiled step, a sweep over a cluster
	ADAM_FAST=1 PYTHONPATH=$$(echo $(<D)/lib/python*/site-packages) \
		$(BIN)/python -m pytest -n 2 tests/test_optimizers.py tests/test_sweep.py -k 'inplace or sweep'

searches: $(READY)  ## best learning rates and pale colours, searched anew, after other code
	ADAM_SEARCH=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m searched tests
	$(BIN)/python tests/searched.py

notebooks: $(READY)  ## run the notebooks and store what they show
	$(BIN)/python tests/series.py
	$(BIN)/python tests/execute.py

browser: $(WITH_BROWSER) $(WITH_VOILA)  ## check JupyterLab in headless Chromium
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/browser

bench: $(WITH_BROWSER)  ## measure how fast it is
	$(BIN)/python tests/bench.py

class: $(WITH_HUB)  ## a JupyterHub here, N=20 students at once, DELAY=0 ms away (Linux)
	@$(HUB)/bin/python tests/classroom.py '$(or $(N),20)' --delay '$(or $(DELAY),0)'

binder: $(READY)  ## repeat what Binder does, and run lessons there (Linux)
	@$(PYTHON) -m venv $(VENV)/repo2docker
	@$(VENV)/repo2docker/bin/pip install --quiet 'jupyter-repo2docker>=2026.4,<2027'
	ADAM_BINDER=1 $(BIN)/python -m pytest tests/test_binder.py -rs

pins:  ## pin the newest versions that the lessons take, for Binder
	$(BINDER_PYTHON) -m venv --clear $(VENV)/pins
	$(VENV)/pins/bin/pip install --quiet $$(sed '/^#\|^jupyter\|^nbval/d' requirements.txt) ipykernel
	$(VENV)/pins/bin/pip install --quiet --no-deps nbgitpuller
	{ sed '/^[^#]/d' binder/requirements.txt; $(VENV)/pins/bin/pip freeze; } >$(VENV)/pins/new
	cp $(VENV)/pins/new binder/requirements.txt

owner:  ## put your repository into the links of the README, NAME=owner/repository
	@$(PYTHON) binder/links.py '$(NAME)'

lite: $(READY) $(WITH_LITE)  ## a site that runs the lessons in the browser, in .venv/lite/site
	$(WITH_LITE:ready=bin/python) lite/build.py $(WITH_LITE:ready=site) $(PYODIDE)
	ADAM_LITE=$(WITH_LITE:ready=site) $(BIN)/python -m pytest tests/test_lite.py -rs
	@PYTHONPATH=lite $(WITH_LITE:ready=bin/python) -c 'import build; build.tell("$(WITH_LITE:ready=site)")'

newest: $(WITH_BROWSER)  ## put the newest version of everything into .venv, past our ranges
	$(PIP) install --upgrade --upgrade-strategy eager $$(sed 's/[^a-z].*//' requirements.txt) \
		pytest pytest-xdist hypothesis playwright ruff

clean:  ## remove .venv and what the tools left behind
	rm -rf $(VENV) *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# Before anything is installed for it.
lesson:
	@[ -z '$(LESSON)' ] || [ -f notebooks/'$(LESSON)'_*.ipynb ] || { \
		echo "There is no lesson '$(LESSON)': take one of $(LESSONS)." >&2; exit 1; }

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "There is no $(PYTHON) here. Install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
		"Python 3.11 or newer is needed; $(PYTHON) is %d.%d. Another one: make PYTHON=python3.12" \
		% v[:2])'
	@echo "Making $(VENV): once, a minute or two ..."
	@$(PYTHON) -m venv --clear $(VENV)

$(READY): requirements.txt pyproject.toml | $(BIN)/python
	@$(PIP) install -e '.[test]'
	@pwd -P | tr -d '\n' >$@

$(WITH_BROWSER): $(READY)
	@$(PIP) install -e '.[browser]'
	@$(HAS_CHROMIUM) || { $(GET_CHROMIUM); } || { \
		echo "Install Chromium or Chrome, or set ADAM_CHROMIUM to its path." >&2; exit 1; }
	@touch $@

# In a place of their own: JupyterLab need not know them.
$(WITH_VOILA): $(READY)
	@$(PIP) install --prefix $(@D) 'voila>=0.5.8,<0.6' 'latex2mathml>=3.77,<4' 'ziamath>=0.12,<1'
	@touch $@

$(WITH_TORCH): $(READY)
	@$(PIP) install --prefix $(@D) torch==2.13.0 'optax>=0.2.5,<0.3'
	@touch $@

$(WITH_FAST): $(READY)
	@$(PIP) install --prefix $(@D) 'numba>=0.61,<1' 'distributed>=2025.1'
	@touch $@

$(WITH_LITE): lite/requirements.txt | $(BIN)/python
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(WITH_HUB): requirements.txt pyproject.toml | $(BIN)/python
	@command -v node >/dev/null && command -v npm >/dev/null || \
		{ echo "JupyterHub's proxy needs Node.js: install node and npm." >&2; exit 1; }
	@echo "Making $(HUB): once, a minute or two ..."
	@$(BIN)/python -m venv --clear $(HUB)
	@$(HUB)/bin/python -m pip --disable-pip-version-check --quiet install -e . 'jupyterhub>=5.3,<6'
	@npm install --prefix $(HUB) --no-audit --no-fund --loglevel=error \
		'configurable-http-proxy@^5' >/dev/null
	@touch $@
