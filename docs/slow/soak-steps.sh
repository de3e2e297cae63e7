# Ten thousand training steps in one worker of Chromium: its memory stays within 2 %, and
# it is never started anew.
. docs/slow/lib/lib.sh
machine
node e2e/slow/soak-steps.mjs
