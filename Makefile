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
# How hard to pack: 10 takes some seconds more after a change than 9 and saves a twelfth, which
# the budget of a first visit is held at; 11 takes half a minute and saves an eighth, for a release.
BROTLI ?= 10

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
release: ## the same, packed as small as it gets
	$(MAKE) build BROTLI=11

# npm writes this file last.
node_modules/.package-lock.json: package.json package-lock.json .npmrc
	npm ci
	@touch $@

.PHONY: clove
clove:
	$(GO) build -trimpath -o bin/clove ./server/clove

# The page's program is built with a go-app of which the server's half is left out, since
# that is a fifth of what a visitor would load: wasm/page/_lean says the rest.
GOAPP := github.com/maxence-charriere/go-app/v10
.cache/lean/page.mod: go.mod go.sum $(wildcard wasm/page/_lean/*.go wasm/page/_lean/uuid/*)
	rm -rf .cache/lean && mkdir -p .cache/lean
	$(GO) mod download $(GOAPP)
	cp -r "$$($(GO) list -m -f '{{.Dir}}' $(GOAPP))" .cache/lean/go-app && chmod -R u+w .cache/lean
	cd .cache/lean/go-app/pkg/app && rm *_test.go http.go static.go resource.go crypto.go route.go
	cp wasm/page/_lean/lean.go .cache/lean/go-app/pkg/app/
	cp go.sum .cache/lean/page.sum && cp go.mod $@
	$(GO) mod edit -replace=$(GOAPP)=./.cache/lean/go-app -replace=github.com/google/uuid=./wasm/page/_lean/uuid $@

# Both must come from the same Go as the scripts that start them.
.PHONY: wasm
wasm: .cache/lean/page.mod
	@mkdir -p .cache/wasm
	$(WASM) -modfile=.cache/lean/page.mod -o .cache/wasm/page.wasm ./wasm/page
	$(WASM) -o .cache/wasm/worker.wasm ./wasm/worker
	@for m in kernels kernels-fast; do cmp -s wasm/kernels/$$m.wasm .cache/wasm/$$m.wasm || cp wasm/kernels/$$m.wasm .cache/wasm/; done
	@cmp -s "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" .cache/wasm/wasm_exec.js || cp "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" .cache/wasm/

# The modules that the worker computes with are committed, so that nobody needs a C
# compiler; a test of wasm/kernels compares them with what this makes.
.PHONY: kernels
kernels: ## rebuild wasm/kernels/*.wasm from their C, by clang-19 and lld-19
	wasm/kernels/c/build.sh "$(CURDIR)/wasm/kernels"
	wasm/kernels/c/build.sh --version > wasm/kernels/c/compiler

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

# Packages whose tests run in wasm too: all that the worker is made of.
WASM_PACKAGES = $(shell GOOS=js GOARCH=wasm $(GO) list -e -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./engine/... ./wasm/...)

# The kernels of amd64 are committed, so that nobody needs the generator to build.
SIMD := engine/tensor/internal/simd
ASM = cd $(1)/gen && for isa in avx2 avx2-fast avx512 avx512-fast; do \
	$(GO) run . -isa $$isa -pkg simd -out ../kernels_$${isa}_amd64.s -stubs ../stubs_$${isa}_amd64.go; done

.PHONY: asm
asm: ## write the kernels of amd64 anew, after a change of their generator
	$(call ASM,$(SIMD))

.PHONY: asm-check
asm-check: ## say whether the committed kernels are what the generator writes
	@mkdir -p .cache && rm -rf .cache/simd && cp -r $(SIMD) .cache/simd
	$(call ASM,.cache/simd)
	diff -r $(SIMD) .cache/simd

.PHONY: test
test: lint test-native test-wasm test-e2e ## everything that must hold, in about ten minutes

.PHONY: lint
lint: asm-check ## gofmt, vet and staticcheck, for this machine and for the browser
	@unformatted="$$(gofmt -l $$(git ls-files '*.go'))"; [ -z "$$unformatted" ] || { echo "not formatted by gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) vet ./app/... ./engine/... ./wasm/... ./webgpu/...
	@# Not go tool staticcheck, which would build the tool itself for the browser.
	$(GO) build -o .cache/staticcheck honnef.co/go/tools/cmd/staticcheck
	.cache/staticcheck $$($(GO) list ./... | grep -v /wasm/)
	GOOS=js GOARCH=wasm .cache/staticcheck ./wasm/... ./webgpu/...

# The packages whose tests hold numbers, weights or files to the bit.
STRICT := ./engine/data/reviews ./engine/model ./engine/nn ./engine/optim ./engine/run/... ./engine/tensor ./engine/train

.PHONY: test-native
test-native: dist/data/mail.tsv ## the tests of every package, here
	$(GO) test ./...
	@# Compiled for an amd64 of 2015 and later, x*y+z is one instruction that rounds once, where
	@# Strict rounds twice: the same hashes must come out.
	@if grep -w avx2 /proc/cpuinfo 2>/dev/null | grep -qw fma; then echo "GOAMD64=v3 $(GO) test -short $(STRICT)"; GOAMD64=v3 $(GO) test -short $(STRICT); \
	else echo 'not tested: the devices avx2 and avx512, and GOAMD64=v3, which this processor cannot run'; fi
	@grep -qw avx512vl /proc/cpuinfo 2>/dev/null || echo 'not tested: the device avx512, which this processor lacks'

.PHONY: test-wasm
test-wasm: dist/data/mail.tsv ## the same of what the browser runs, as wasm under Node
	GOOS=js GOARCH=wasm $(GO) test -exec "$(CURDIR)/wasm/nodetest/run" $(WASM_PACKAGES)

.PHONY: test-race
test-race: ## native tests with the race detector (not in make test: needs cgo)
	$(GO) test -race ./server/... ./engine/run/... ./engine/train/...

.PHONY: test-e2e e2e
test-e2e: build chromium smallest ## the whole product in a real Chromium
	node --test --test-concurrency=1 e2e/*.test.mjs

e2e: build chromium smallest ## the same, and of all that it says only what must hold, and what failed
	node --test --test-concurrency=1 --test-reporter=./e2e/must-hold.mjs e2e/*.test.mjs

.PHONY: e2e-static
e2e-static: build chromium smallest ## the same against plain files under a path, as clove site writes them
	CLOVE_SITE=plain node --test --test-concurrency=1 e2e/*.test.mjs

# The smallest page that go-app makes, beside which the time to mount is measured.
.PHONY: smallest
smallest: wasm
	@mkdir -p .cache/smallest/programs
	$(WASM) -o .cache/smallest/programs/page.wasm ./e2e/smallest
	@cp .cache/wasm/wasm_exec.js .cache/smallest/programs/
	$(GO) run ./server/site -static e2e/smallest/static -programs .cache/smallest/programs -out .cache/smallest/site -quality $(BROTLI)

# Chromium is apt's business: as root it is installed, else this says how.
.PHONY: chromium
chromium:
	@if [ -n "$${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium fonts-noto-cjk; \
	else \
		echo 'The end-to-end tests need Chromium: sudo apt-get install chromium fonts-noto-cjk'; \
		echo 'or set CHROMIUM to the path of one.'; exit 1; \
	fi

# Each script in docs/slow proves what takes long; what it prints is kept beside it.
SLOW ?= $(patsubst docs/slow/%.sh,%,$(wildcard docs/slow/*.sh))
.PHONY: slow
slow: build ## accuracies on whole data sets and other proofs (hours); one: make slow SLOW=imdb-small
	@for s in $(SLOW); do echo "== $$s"; bash docs/slow/$$s.sh | tee .cache/$$s.txt && mv .cache/$$s.txt docs/slow/$$s.txt; done

# Each recipe on the model of the preset imdb, and what is set beside them: half an hour on two cores.
.PHONY: results
results: clove ## train imdb, make every variant, write docs/results.md; wants the set imdb in CLOVE_DATA
	node docs/results/run.mjs

# Workload W beside the peers, in turns: half an hour with three rounds, on a machine that does
# nothing else. PyTorch and OpenBLAS are apt's: without them their rows say how to get them.
ROUNDS ?= 3
PEERS ?=
# The same in a tab, with the graphics card and what of a step each of its kernels takes; what
# a processor plays is measured too. Chromium has no window: a card wants its driver in CHROMIUM_FLAGS.
SECONDS_OF ?= 30
.PHONY: bench-web
bench-web: build chromium ## clove bench in a tab of headless Chromium, its graphics card too
	node e2e/slow/bench.mjs $(SECONDS_OF)

.PHONY: bench-peers
bench-peers: build chromium e2e/peers/node_modules/.package-lock.json ## Clove beside TensorFlow.js, jax-js, PyTorch, onnxruntime: docs/peers; PEERS=torch,ort ROUNDS=5
	node e2e/peers/run.mjs $(ROUNDS) $(PEERS)

e2e/peers/node_modules/.package-lock.json: e2e/peers/package.json e2e/peers/package-lock.json e2e/peers/.npmrc
	@echo "npm ci in e2e/peers: 103 packages, 760 MB unpacked"
	cd e2e/peers && npm ci --ignore-scripts
	@touch $@

.PHONY: clean
clean: ## remove all that was made; node_modules stays
	rm -rf bin dist .cache
