# Every fuzz test for a minute.
. docs/slow/lib/lib.sh
machine
for package in $(go list ./engine/... ./server/... ./wasm/...); do
	for name in $(go test -list '^Fuzz' "$package" 2>/dev/null | grep '^Fuzz' || true); do
		go test -run '^$' -fuzz "^$name\$" -fuzztime 1m -parallel 2 "$package" > "$work/fuzz.txt" || { cat "$work/fuzz.txt" >&2; exit 1; }
		echo "${package#*clove/} $name: $(grep -o 'execs: [0-9]*' "$work/fuzz.txt" | tail -1), no failure"
	done
done
