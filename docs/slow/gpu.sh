# Where the time of a training step on the graphics card goes, kernel by kernel, and how far the
# trainer should run ahead of its results. In Chromium, whose software adapter plays the card
# where the machine has none. On a machine that does nothing else.
. docs/slow/lib/lib.sh
machine
node e2e/slow/gpu.mjs Measure
