#!/bin/sh
# Compiles the C of this folder into the module named by its argument (an absolute
# path). The bytes depend on the compiler: the file compiler says which made those
# that are committed; --version prints the one at hand in the same words.
set -eu
cd "$(dirname "$0")"
CLANG=${CLANG:-clang-19} WASM_LD=${WASM_LD:-wasm-ld-19}
if [ "$1" = --version ]; then
	"$CLANG" --version | head -n 1
	"$WASM_LD" --version | head -n 1
	exit
fi
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in *.c; do
	"$CLANG" --target=wasm32 -std=c17 -O3 -ffp-contract=off -ffreestanding -nostdlib -fno-builtin \
		-msimd128 -Wall -Wextra -Werror -Wno-unknown-pragmas -c "$source" -o "$work/${source%.c}.o"
done
if grep -l __stack_pointer "$work"/*.o; then
	echo 'these use the shadow stack, which the module has none of (vec.h)' >&2
	exit 1
fi
"$WASM_LD" --no-entry --import-memory --strip-all --stack-first -z stack-size=0 "$work"/*.o -o "$out"
