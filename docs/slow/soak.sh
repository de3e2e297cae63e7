# The same training again and again: memory must not go on growing. In one native
# process that trains and compresses 30 times, and in one tab that trains 30 times.
. docs/slow/lib/lib.sh
machine
CLOVE_SLOW=1 go test -timeout 30m -v -run Soak ./engine/run | grep MB
node e2e/slow/soak.mjs
