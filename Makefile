# Thin faces: what they run also works by hand. PYTHON names another interpreter for the virtual environment,
# ARGS goes to the command: make run ARGS="--port 9000 --no-demo", make test ARGS="tests/trading -x".
PYTHON ?= python3
ARGS ?=
BOOTSTRAP = @exec $(PYTHON) tools/bootstrap.py
UV ?= .venv/bin/uv
LOCK = $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

.PHONY: run code test check bench lock

run:
	$(BOOTSTRAP) requirements.lock -- .venv/bin/python manage.py up $(ARGS)

code:
	$(BOOTSTRAP) requirements.lock -- .venv/bin/python manage.py demo code $(EMAIL)

test:
	$(BOOTSTRAP) requirements-dev.lock -- .venv/bin/python tools/lanes.py test $(ARGS)

check:
	$(BOOTSTRAP) requirements-dev.lock requirements-browser.lock -- .venv/bin/python tools/lanes.py check $(ARGS)

bench:
	$(BOOTSTRAP) requirements-dev.lock -- .venv/bin/python -m bench $(ARGS)

lock:
	$(LOCK) requirements.txt -o requirements.lock
	$(LOCK) -c requirements.lock requirements-dev.txt -o requirements-dev.lock
	$(LOCK) -c requirements-dev.lock requirements-browser.txt -o requirements-browser.lock
	$(LOCK) --no-annotate tools/uv.txt -o tools/uv.lock
