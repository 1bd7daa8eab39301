# Everything is done by prep/bootstrap.py, which needs nothing but Python 3.11 or newer with venv and pip.
PYTHON ?= python3

.PHONY: help run test e2e check format clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  Settings go in front or in .env, for example: PORT=8001 VAR_DIR=/srv/onsite make run"

run: ## Start the whole site; Ctrl-C stops it
	@$(PYTHON) prep/bootstrap.py run

test: ## Run all tests; pick some with ARGS, for example: make test ARGS="-k schedule"
	@$(PYTHON) prep/bootstrap.py test $(ARGS)

e2e: ## Run the browser tests only
	@$(PYTHON) prep/bootstrap.py e2e $(ARGS)

check: ## Check style, types, layers, templates, migrations and production settings
	@$(PYTHON) prep/bootstrap.py check

format: ## Format the Python files and the templates
	@$(PYTHON) prep/bootstrap.py format

clean: ## Remove what was installed and built; the data in var/ stays
	@$(PYTHON) prep/bootstrap.py clean
