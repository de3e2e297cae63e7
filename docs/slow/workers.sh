# Workload W trained in a tab of Chromium by one worker and by two, in turns: how much a second core gives.
. docs/slow/lib/lib.sh
machine
node e2e/slow/workers.mjs small 5
node e2e/slow/workers.mjs medium 5
