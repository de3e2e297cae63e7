// Command gen writes the assembly of package simd, for AVX2 and for AVX-512,
// from one source: each kernel is written once for vectors of any width, and those
// that Fast arithmetic has, once for both arithmetics.
//
//	go run . -isa avx2 -out ../kernels_avx2_amd64.s -stubs ../stubs_avx2_amd64.go -pkg simd
//
// It is a module of its own, so that nobody who builds Clove needs avo.
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
	_ "golang.org/x/tools/go/packages" // avo v0.6.0 alone would pick one that Go 1.26 can't compile
)

func main() {
	name := flag.String("isa", "avx2", "avx2, avx512, or one of these and -fast")
	// avo's own flags are parsed with ours in Generate; the choice is needed before.
	flag.Parse()
	s := map[string]isa{
		"avx2": {"AVX2", 8, false}, "avx2-fast": {"AVX2Fast", 8, true},
		"avx512": {"AVX512", 16, false}, "avx512-fast": {"AVX512Fast", 16, true},
	}[*name]
	ConstraintExpr("amd64")
	s.constants()
	s.products()
	if s.fused { // what multiplies and adds in training; all else is as Strict has it
		s.cells()
		s.peak()
		Generate()
		return
	}
	if s.width == 8 {
		transpose8()
	}
	s.elementwise()
	s.rows()
	s.reductions()
	s.cells()
	s.adam()
	s.int8()
	s.round()
	s.rescale()
	s.coded()
	s.sparse()
	s.peak()
	Generate()
}
