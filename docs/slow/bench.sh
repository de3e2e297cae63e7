# Workload W and its kernels, natively and in a tab of Chromium. On a machine that does nothing else.
. docs/slow/lib/lib.sh
machine
bin/clove bench --arithmetic both --seconds 60
echo
node e2e/slow/bench.mjs 60
