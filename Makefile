# make demo: a virtual environment, installation, the whole reference study built. make test: everything that CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := adam define derivations engine formats language qc results sdtm simulate specs submission workers

.PHONY: demo test check install clean

$(VENV)/installed: setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "trialspec needs Python 3.11 or later; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	# What a first build would do once: byte code of the modules, the list of the fonts that figures are drawn with.
	$(BIN)/python -m compileall -q *.py $(CODE)
	$(BIN)/python -c 'import matplotlib.font_manager'
	touch $@

install: $(VENV)/installed

demo: install
	$(BIN)/build all

check: install
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/build check --quiet
	$(BIN)/build spec format --check
	$(BIN)/python docs/build.py .docs

test: check
	$(BIN)/python -m pytest --numprocesses auto

clean:
	rm -rf $(VENV) output .docs build *.egg-info
