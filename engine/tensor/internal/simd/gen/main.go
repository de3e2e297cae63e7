// Command gen writes the assembly of package simd, for AVX2 and for AVX-512,
// from one source: each kernel is written once for vectors of any width.
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
	name := flag.String("isa", "avx2", "avx2 or avx512")
	s := isa{"AVX2", 8}
	// avo's own flags are parsed with ours in Generate; the choice is needed before.
	flag.Parse()
	if *name == "avx512" {
		s = isa{"AVX512", 16}
	}
	ConstraintExpr("amd64")
	s.constants()
	s.products()
	if s.width == 8 {
		transpose8()
	}
	s.elementwise()
	s.rows()
	s.reductions()
	s.cells()
	s.adam()
	s.int8()
	s.rescale()
	s.sparse()
	s.peak()
	Generate()
}
