# make test   everything the project checks about itself; .ci/run calls this
# make lint   golangci-lint, its configuration first
# make bench  the same shop on scs, gorilla/sessions and Sojourn
# make vuln   known vulnerabilities in what the code calls
# make soak   a minute of rotation under load, 200 kills, a million sessions
# make bench-stores  the stores beside one another
# make bench-analytics  a million visits in one file, and the questions of a report
# make fuzz   every fuzz target, FUZZTIME each; `make test` runs them for moments
# make e2e    browser tests

.PHONY: test tools test-root test-peerbench fuzz e2e lint bench bench-stores bench-analytics soak vuln
.NOTPARALLEL:

GO       ?= go
GO_TEST   = $(GO) vet ./... && $(GO) test -race -timeout 12m ./...
GOLANGCI  = $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULNCHECK = $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.8.0

# Modules of their own, so that what they need is not needed by users.
NESTED = $(if $(wildcard middleware/peerbench/go.mod),test-peerbench) \
         $(if $(wildcard examples/e2e/go.mod),e2e)

test: tools test-root fuzz $(NESTED)

# Redis for the tests, a C compiler for the race detector.
tools:
	@$(call need,redis-server,redis-server)
	@$(call need,$$($(GO) env CC),gcc libc6-dev)

test-root:
	$(GO_TEST)

FUZZTIME = 3s

fuzz:
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			out=$$($(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$package 2>&1) || { echo "$$out"; exit 1; }; \
		done; \
	done

test-peerbench: tools
	cd middleware/peerbench && $(GO_TEST)

e2e: tools
	@$(call need,chromium chromium-browser google-chrome,chromium)
	cd examples/e2e && $(GO_TEST) -count=1 # the cache does not see that the shop has changed

lint:
	$(GOLANGCI) config verify
	$(GOLANGCI) run

bench: tools
	cd middleware/peerbench && $(GO) run .

bench-stores: tools
	$(GO) test -run '^$$' -bench '^Benchmark(Memory|Redis|Full|Normal)$$' ./sessionstore ./sessionstore/sqlite

bench-analytics:
	SOJOURN_VISITS=1000000 $(GO) test -run '^$$' -bench '^BenchmarkMillion$$' -benchtime 1x -timeout 30m -v ./analytics/sqlite

soak: tools
	SOJOURN_SOAK=60s $(GO) test -count=1 -timeout 20m -v ./sessionstore/sqlite -run 'killed|million'
	SOJOURN_SOAK=60s $(GO) test -count=1 -timeout 20m ./examples/shop/acceptance

vuln:
	$(VULNCHECK) ./...

# $(call need,commands,packages): unless one of the commands is there, install
# the Debian packages.
SUDO = $(if $(filter-out 0,$(shell id -u)),sudo)
define need
	for command in $(1); do command -v $$command >/dev/null && exit 0; done; \
	if ! command -v apt-get >/dev/null; then \
		echo "Not found: $(1). Install it with your package manager (Debian: $(2)) and try again." >&2; \
		exit 1; \
	fi; \
	$(SUDO) apt-get update -q && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(2)
endef
