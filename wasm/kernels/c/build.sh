#!/bin/sh
# Compiles the C of this folder into the modules of Strict and of Fast arithmetic
# (vec.h), kernels.wasm and kernels-fast.wasm in the folder named by its argument (an
# absolute path). The bytes depend on the compiler: the file compiler says which
# made those that are committed; --version prints the one at hand in the same words.
set -eu
cd "$(dirname "$0")"
CLANG=${CLANG:-clang-19} WASM_LD=${WASM_LD:-wasm-ld-19}
if [ "$1" = --version ]; then
	# The Debian packages to the letter: two builds of one version may differ.
	dpkg-query --show --showformat='${Package} ${Version}\n' clang-19 lld-19
	exit
fi
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Without loop strength reduction: it makes pointers of their own of what a load's offset,
# which costs nothing, can say.
build() { # name, further options
	name=$1
	shift
	mkdir "$work/$name"
	for source in *.c; do
		"$CLANG" --target=wasm32 -std=c17 -O3 -ffp-contract=off -ffreestanding -nostdlib -fno-builtin \
			-msimd128 -mllvm -disable-lsr "$@" -Wall -Wextra -Werror -Wno-unknown-pragmas -c "$source" -o "$work/$name/${source%.c}.o"
	done
	if grep -l __stack_pointer "$work/$name"/*.o; then
		echo 'these use the shadow stack, which the module has none of (vec.h)' >&2
		exit 1
	fi
	"$WASM_LD" --no-entry --import-memory --strip-all --stack-first -z stack-size=0 "$work/$name"/*.o -o "$out/$name.wasm"
}
build kernels
build kernels-fast -mrelaxed-simd
