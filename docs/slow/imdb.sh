# 25,000 real film reviews: the spec imdb, whole (PyTorch with it: 0.8775 after eight epochs).
. docs/slow/lib/lib.sh
need imdb
machine
train 'imdb' imdb --spec imdb --data "$data/imdb"
shrink '  quantize=int8' imdb imdb-int8 quantize=int8 --data "$data/imdb"
