# What each way to store the weights is worth in time, beside float32, natively and in a tab of
# Chromium. On a machine that does nothing else.
. docs/slow/lib/lib.sh
machine
bin/clove bench --encodings --seconds 60
echo
node e2e/slow/encodings.mjs 60
