# Ten thousand training steps of a model of 8 units on the graphics card, in one worker of
# Chromium, and 500 runs begun and cancelled: memory and buffers come back to where they were.
. docs/slow/lib/lib.sh
machine
node e2e/slow/gpu.mjs Soak
