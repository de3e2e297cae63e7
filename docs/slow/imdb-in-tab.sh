# 25,000 real film reviews: the spec imdb, whole, in a tab of Chromium; and natively, to
# the same weights. LIMIT=500 and EPOCHS=1 make a trial of it.
. docs/slow/lib/lib.sh
need imdb
machine
CLOVE_DATA="$data" node e2e/slow/imdb.mjs | tee "$work/imdb-in-tab.txt"
train 'natively' imdb-native --spec imdb --data "$data/imdb" ${LIMIT:+--set data.limit=$LIMIT} ${EPOCHS:+--set train.epochs=$EPOCHS}
here=$(grep -o 'weights [0-9a-f]*' "$work/imdb-in-tab.txt" | cut -d' ' -f2)
there=$(tail -1 "$work/imdb-native.jsonl" | grep -o '"weights_sha256":"[0-9a-f]*' | cut -d'"' -f4)
[ "$here" = "${there:0:16}" ] || { echo "the tab's weights are others: $here" >&2; exit 1; }
echo 'the same weights'
