# mqbench: `make help` lists the targets.

GO   ?= go
LINT := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 20s
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -X main.version=$(VERSION)

.DEFAULT_GOAL := help
.PHONY: build images test race lint fuzz bench calibrate gate-trial clean help

build: ## build ./mqbench
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o mqbench ./cmd/mqbench

images: build ## make the container images that need no registry: mqbench itself and Debian's packages
	./mqbench images

test: ## vet and run every test
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...

race: ## run every test with the race detector
	$(GO) test -race -timeout 40m ./...

lint: ## run golangci-lint (pinned, built from the module proxy)
	$(LINT) run

fuzz: ## fuzz every target for FUZZTIME (20s) each
	@set -e; for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for target in $$(grep -rhoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' $$dir/*_test.go | awk '{print $$2}'); do \
	    echo "fuzz $$dir $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$dir; done; done

bench: build ## cost per message and per idle client, beside paho.golang in the same run
	./mqbench bench

calibrate: build ## run the harness against a broker that misbehaves on purpose: measured beside true
	./mqbench calibrate

gate-trial: build ## how often the gate fails where nothing has changed, and where a broker is slower by a fifth
	./mqbench gate-trial

clean: ## remove what was built; run directories stay
	rm -f mqbench
	$(GO) clean -testcache

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-11s %s\n", $$1, $$2}'
