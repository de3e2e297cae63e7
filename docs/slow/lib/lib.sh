# Words of the scripts in docs/slow. Source it first.
set -euo pipefail
data="${CLOVE_DATA:-../shared/data}"
work=.cache/slow
mkdir -p "$work"

# need NAME: the set NAME of $data, or the end with a reason.
need() {
	[ -e "$data/$1" ] || { echo "needs $1 in CLOVE_DATA" >&2; exit 1; }
}

# machine says where and when the figures were measured.
machine() {
	echo "$(date -u +%F), $(go version | cut -d' ' -f3-), $(nproc) threads of $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"
	echo "revision $(git rev-parse --short HEAD)"
	echo
}

# result FILE: the last event of a --json run, as a line.
result() {
	node -e '
		const lines = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").map(JSON.parse)
		const d = lines.at(-1), p = x => (100 * x).toFixed(2)
		if (d.event !== "done") { console.log(JSON.stringify(d)); process.exit(1) }
		console.log(`test accuracy ${p(d.test.accuracy)} % (95 %: ${p(d.test.low)} to ${p(d.test.high)}, ${d.test.texts} texts), loss ${d.test.loss.toFixed(4)}, ${d.file_bytes} bytes, ${d.seconds.toFixed(0)} s, weights ${d.weights_sha256.slice(0, 16)}`)
	' "$1"
}

# train TITLE OUT ARGS…: one training, told as a line.
train() {
	local title=$1 out=$2
	shift 2
	bin/clove train "$@" --out "$work/$out.safetensors" --json > "$work/$out.jsonl"
	echo "$title: $(result "$work/$out.jsonl")"
}

# shrink TITLE IN OUT PIPELINE ARGS…
shrink() {
	local title=$1 from=$2 out=$3 pipeline=$4
	shift 4
	bin/clove compress --model "$work/$from.safetensors" --pipeline "$pipeline" "$@" --out "$work/$out.safetensors" --json > "$work/$out.jsonl"
	echo "$title: $(result "$work/$out.jsonl")"
}
