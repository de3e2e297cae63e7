# A model of the size of imdb's made smaller in a tab of Chromium: trained natively, opened there,
# rounded to int8, and taught 4 bits for an epoch. RECIPES="int8" makes a trial of it.
. docs/slow/lib/lib.sh
need imdb
machine
[ -e "$work/imdb-native.safetensors" ] || train 'natively' imdb-native --spec imdb --data "$data/imdb"
CLOVE_DATA="$data" MODEL="$work/imdb-native.safetensors" node e2e/slow/imdb-shrunk.mjs
