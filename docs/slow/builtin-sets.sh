# The data sets that are built in, each with its preset; and what the model of the
# synthetic reviews is worth on real sentences about films.
. docs/slow/lib/lib.sh
machine
for name in reviews mail names; do
	train "$name" "$name" --spec "$name"
	shrink '  quantize=int8' "$name" "$name-int8" quantize=int8
	shrink '  prune=0.8,finetune=1,quantize=int8' "$name" "$name-both" prune=0.8,finetune=1,quantize=int8
done
if [ -e "$data/rt-polarity" ]; then
	bin/clove eval --model "$work/reviews.safetensors" --data "$data/rt-polarity/all.tsv.gz" --json > "$work/rt.jsonl"
	echo "reviews on rt-polarity: $(result "$work/rt.jsonl")"
fi
