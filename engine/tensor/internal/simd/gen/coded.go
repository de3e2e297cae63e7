package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// coded makes float32 of the codes of tensor.Coded.
func (s isa) coded() {
	var table gp  // of looks
	var whole vec // all of it
	each := func(name, in, doc string, size int, decode func(from Mem, out vec)) {
		s.text(name, "vectors int, "+in+", out *float32", fmt.Sprintf("is %s, %d·vectors of them.", doc, s.width))
		vectors, codes, out := param("vectors"), param(in[:5]), param("out")
		if in[0] == 'c' {
			table = param("table")
		}
		if name == "lookFew" {
			whole = s.vec()
			VMOVUPS(Mem{Base: table}, whole)
		}
		times(vectors, func() {
			w := s.vec()
			decode(Mem{Base: codes}, w)
			VMOVUPS(w, Mem{Base: out})
			ADDQ(Imm(uint64(size*s.width)), codes)
			ADDQ(Imm(uint64(s.bytes())), out)
		})
		done()
	}
	each("widenHalf", "halfs *uint16", "out = halfs, float16", 2, func(from Mem, w vec) {
		if s.width == 16 {
			VCVTPH2PS(from, w)
			return
		}
		// float16's exponent is 112 less than float32's.
		sign := s.vec()
		VPMOVZXWD(from, w)
		VPSRLD(Imm(15), w, sign)
		VPSLLD(Imm(31), sign, sign)
		VPSLLD(Imm(17), w, w)
		VPSRLD(Imm(4), w, w)
		VMULPS(halfScale.mem(), w, w)
		VPOR(sign, w, w)
	})
	each("widenBrain", "halfs *uint16", "out = halfs, bfloat16", 2, func(from Mem, w vec) {
		VPMOVZXWD(from, w)
		VPSLLD(Imm(16), w, w)
	})
	each("look", "codes *byte, table *float32", "out = table[codes]", 1, func(from Mem, w vec) {
		at := s.vec()
		VXORPS(w, w, w) // in use from here on: a gather's registers must differ
		VPMOVZXBD(from, at)
		if s.width == 16 {
			k := K()
			KXNORW(k, k, k)
			VGATHERDPS(Mem{Base: table, Index: at, Scale: 4}, k, w)
			return
		}
		mask := s.vec()
		VPCMPEQD(mask, mask, mask)
		VGATHERDPS(mask, Mem{Base: table, Index: at, Scale: 4}, w)
	})
	if s.width == 16 {
		each("lookFew", "codes *byte, table *float32", "out = table[codes], of a table of 16", 1, func(from Mem, w vec) {
			VPMOVZXBD(from, w)
			VPERMPS(whole, w, w)
		})
	}
}
