# Every fuzz test for a minute. Little of it goes into making inputs smaller, which
# the fuzzer does with any that is new and large.
. docs/slow/lib/lib.sh
machine
for package in $(go list ./engine/... ./server/... ./wasm/...); do
	for name in $(go test -list '^Fuzz' "$package" 2>/dev/null | grep '^Fuzz' || true); do
		go test -run '^$' -fuzz "^$name\$" -fuzztime 1m -fuzzminimizetime 10x -parallel 1 "$package" > "$work/fuzz.txt" || { cat "$work/fuzz.txt" >&2; exit 1; }
		echo "${package#*clove/} $name: $(grep -o 'execs: [0-9]*' "$work/fuzz.txt" | tail -1), no failure"
	done
done
