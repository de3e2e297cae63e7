package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: how many float32 a vector holds decides all else, and
// whether a product and the sum after it may be rounded as one (Fast arithmetic).
type isa struct {
	suffix string
	width  int
	fused  bool
}

func (s isa) bytes() int { return 4 * s.width }

// vec is a fresh vector register.
func (s isa) vec() reg.VecVirtual {
	if s.width == 16 {
		return ZMM()
	}
	return YMM()
}

// text begins a function.
func (s isa) text(name, signature, doc string) {
	TEXT(name+s.suffix, NOSPLIT, "func("+signature+")")
	Doc(name + s.suffix + " " + doc)
	Pragma("noescape")
}

// done ends it. Without VZEROUPPER the SSE instructions of Go's own code would be a hundred times slower.
func done() {
	clear(held)
	VZEROUPPER()
	RET()
}

func param(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

// constant is a float32 that a kernel needs, kept in memory as a whole AVX vector.
type constant struct{ at int }

var (
	pool      []uint32
	poolMem   Mem
	maskTable Mem // of AVX2: eight of all ones, then eight of zeros
	byteTable Mem // 32 bytes of zeros, then 32 of ones
)

func number(x float64) constant { return word(math.Float32bits(float32(x))) }

func word(w uint32) constant {
	for i, v := range pool {
		if v == w {
			return constant{i}
		}
	}
	pool = append(pool, w)
	return constant{len(pool) - 1}
}

func (c constant) mem() Mem { return poolMem.Offset(32 * c.at) }

// constants lays the numbers out; all that kernels use must be named in math.go.
func (s isa) constants() {
	poolMem = GLOBL("pool"+s.suffix, RODATA|NOPTR)
	for i, w := range pool {
		for j := range 8 {
			DATA(32*i+4*j, U32(w))
		}
	}
	if s.width == 8 {
		maskTable = GLOBL("mask"+s.suffix, RODATA|NOPTR)
		for i := range 16 {
			w := ^uint32(0)
			if i >= 8 {
				w = 0
			}
			DATA(4*i, U32(w))
		}
	}
	byteTable = GLOBL("bytes"+s.suffix, RODATA|NOPTR)
	for i := range 16 {
		w := uint32(0)
		if i >= 8 {
			w = ^uint32(0)
		}
		DATA(4*i, U32(w))
	}
}

// lanes is how a kernel touches memory: whole vectors, or the first few lanes of one.
type lanes struct {
	s    isa
	mask reg.Register // nil for whole vectors
}

func (l lanes) loadTo(m Mem, r reg.VecVirtual) {
	switch {
	case l.mask == nil:
		VMOVUPS(m, r)
	case l.s.width == 16:
		VMOVUPS_Z(m, l.mask, r)
	default:
		VMASKMOVPS(m, l.mask, r)
	}
}

func (l lanes) load(m Mem) reg.VecVirtual {
	r := l.s.vec()
	l.loadTo(m, r)
	return r
}

func (l lanes) store(r reg.Register, m Mem) {
	switch {
	case l.mask == nil:
		VMOVUPS(r, m)
	case l.s.width == 16:
		VMOVUPS(r, l.mask, m)
	default:
		VMASKMOVPS(r, l.mask, m)
	}
}

// some are the first n lanes, 1 ≤ n ≤ width.
func (s isa) some(n reg.GPVirtual) lanes {
	if s.width == 16 {
		bits := GP64()
		MOVQ(I32(1), bits)
		SHLXQ(n, bits, bits)
		DECQ(bits)
		k := K()
		KMOVW(bits.As32(), k)
		return lanes{s, k}
	}
	at, from := GP64(), GP64()
	LEAQ(maskTable, at)
	MOVQ(I32(8), from)
	SUBQ(n, from)
	m := YMM()
	VMOVUPS(Mem{Base: at, Index: from, Scale: 4}, m)
	return lanes{s, m}
}

var labels int

func label(name string) string {
	labels++
	return fmt.Sprintf("%s%d", name, labels)
}

// each emits body for n floats: for so many whole vectors at a time, for one, then
// for what is left. i counts the floats gone by; a pointer's place is at(p, i).
func (s isa) each(n reg.GPVirtual, abreast int, body func(l []lanes, i reg.GPVirtual)) {
	i, last := GP64(), GP64()
	XORQ(i, i)
	whole := func(vectors int) {
		loop, end := label("vectors"), label("fewer")
		floats := uint64(vectors * s.width)
		MOVQ(n, last)
		SUBQ(Imm(floats), last)
		CMPQ(i, last)
		JG(LabelRef(end))
		Label(loop)
		l := make([]lanes, vectors)
		for v := range l {
			l[v].s = s
		}
		body(l, i)
		ADDQ(Imm(floats), i)
		CMPQ(i, last)
		JLE(LabelRef(loop))
		Label(end)
	}
	if abreast > 1 {
		whole(abreast)
	}
	whole(1)
	end := label("end")
	left := GP64()
	MOVQ(n, left)
	SUBQ(i, left)
	JZ(LabelRef(end))
	body([]lanes{s.some(left)}, i)
	Label(end)
}

func (s isa) eachOne(n reg.GPVirtual, body func(l lanes, i reg.GPVirtual)) {
	s.each(n, 1, func(l []lanes, i reg.GPVirtual) { body(l[0], i) })
}

// times emits body n times, n ≥ 0; n is used up.
func times(n reg.GPVirtual, body func()) {
	loop, end := label("loop"), label("end")
	TESTQ(n, n)
	JLE(LabelRef(end))
	Label(loop)
	body()
	DECQ(n)
	JNZ(LabelRef(loop))
	Label(end)
}

func at(p, i reg.Register) Mem { return Mem{Base: p, Index: i, Scale: 4} }
