# An archive as large as aclImdb's is encoded in less than 300 MB, here and as wasm under Node.
. docs/slow/lib/lib.sh
need imdb
machine
export CLOVE_SLOW=1 CLOVE_DATA="$(cd "$data" && pwd)"
go test -v -run 300MB ./engine/data | grep 'archive of'
GOOS=js GOARCH=wasm go test -v -run 300MB -exec "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./engine/data | grep 'archive of'
