# Clove. `make run` and open http://localhost:8080; `make help` lists the rest.
#
# Needs Go and Node, nothing else. What is fetched: Go's modules, and from npm the
# data sets that are built in. Everything made lies in bin/, dist/ and .cache/.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

GO ?= go
ADDR ?= localhost:8080
# 11 takes minutes for two programs of several megabytes and saves an eighth: for a release.
BROTLI ?= 9

# A program for the page: no debug tables, and no path of this machine inside.
WASM := GOOS=js GOARCH=wasm $(GO) build -trimpath -ldflags='-s -w'

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: run
run: build ## build what is missing and serve the page
	bin/clove serve --addr $(ADDR) --site dist

.PHONY: build
build: site ## all that make run does, but serving

.PHONY: release
release: ## the same, packed as small as it gets (minutes)
	$(MAKE) build BROTLI=11

# npm writes this file last.
node_modules/.package-lock.json: package.json package-lock.json .npmrc
	npm ci
	@touch $@

.PHONY: clove
clove:
	$(GO) build -trimpath -o bin/clove ./server/clove

# Both must come from the same Go as the scripts that start them.
.PHONY: wasm
wasm:
	@mkdir -p .cache/wasm
	$(WASM) -o .cache/wasm/page.wasm ./wasm/page
	$(WASM) -o .cache/wasm/worker.wasm ./wasm/worker
	@cmp -s "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" .cache/wasm/wasm_exec.js || cp "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" .cache/wasm/

# Mail and names, cleaned: again only when the packages or the packer change.
dist/data/mail.tsv: node_modules/.package-lock.json $(wildcard server/pack/*.go engine/data/mail/*.go)
	$(GO) run ./server/pack -node node_modules -out dist/data
	@touch $@

# The model that judges on arrival. The program knows by itself whether it is up to date.
.PHONY: builtin
builtin: dist/data/mail.tsv
	$(GO) run ./server/builtin -out dist

.PHONY: site
site: clove wasm builtin
	$(GO) run ./server/site -out dist -quality $(BROTLI)
