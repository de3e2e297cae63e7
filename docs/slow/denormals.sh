# What denormals cost in time: a step of a layer over texts of 256 tokens, and Adam, on
# input that is denormal or breeds denormals, against ordinary input. The aim is 1.5 at most.
. docs/slow/lib/lib.sh
machine
conforms() {
	go test -count=1 -v -run Conforms "$@" | grep -o '[a-z0-9-]*, .* times as long as on ordinary numbers' | sort -u -t: -k1,1
}
echo 'natively'
conforms ./engine/tensor
echo 'in Node'
GOOS=js GOARCH=wasm conforms -exec "$PWD/wasm/nodetest/run" ./wasm/kernels
