# 25,000 real film reviews: the spec imdb-small, and what int8 and pruning cost it.
. docs/slow/lib/lib.sh
need imdb
machine
train 'imdb-small' imdb-small --spec imdb-small --data "$data/imdb"
shrink '  quantize=int8' imdb-small imdb-small-int8 quantize=int8 --data "$data/imdb"
shrink '  prune=0.8,finetune=1' imdb-small imdb-small-pruned prune=0.8,finetune=1 --data "$data/imdb"
shrink '  prune=0.8,finetune=1,quantize=int8' imdb-small imdb-small-both prune=0.8,finetune=1,quantize=int8 --data "$data/imdb"
