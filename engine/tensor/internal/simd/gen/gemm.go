package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// products are the tiles of a Gemm: m rows of A by one or two vectors of columns.
//
//	for each of panels: c[i, j] = from[i, j] + a[i, 0]·b[0, j] + a[i, 1]·b[1, j] + …
//
// Each product is rounded, then added, k ascending: Strict. (Fast rounds once.) A tile's sums stay in
// registers along depth; six rows of two vectors fill the sixteen of AVX2, twelve
// the 32 of AVX-512. B lies in panels, one vector or two wide and depth rows long,
// one behind the other. A is read where it lies, by rows, or from a panel of m
// columns (Columns). from is the sums so far: c itself, or a row of biases or
// zeros with a stride of 0. Strides are in bytes. cols are the columns in use of
// the tile's last vector. The tiles of pairs take int16 in place of float32, two in one;
// those of quads four bytes, of A without a sign.
func (s isa) products() {
	heights := []int{1, 2, 3, 4, 6}
	if s.width == 16 {
		heights = append(heights, 8, 12)
	}
	for _, m := range heights {
		for v := 1; v <= 2; v++ {
			s.tile("gemmRows", m, v, false, s.multiplyAdd)
			s.tile("gemmColumns", m, v, true, s.multiplyAdd)
			if s.fused {
				continue
			}
			s.tile("pairs", m, v, false, s.pairs)
			if s.width == 16 {
				s.tile("quads", m, v, false, func(w []vec, x vec, sum []vec) {
					for v := range w {
						VPDPBUSD(w[v], x, sum[v])
					}
				})
			}
		}
	}
}

// multiplyAdd is sum += w·x for every vector of a row.
func (s isa) multiplyAdd(w []vec, x vec, sum []vec) {
	for v := range w {
		if s.fused {
			VFMADD231PS(w[v], x, sum[v])
			continue
		}
		p := x
		if v+1 < len(w) {
			p = s.vec()
		}
		VMULPS(w[v], x, p)
		VADDPS(p, sum[v], sum[v])
	}
}

// pairs is the same in whole numbers: a lane is two int16 of k, their products exact in int32.
func (s isa) pairs(w []vec, x vec, sum []vec) {
	for v := range w {
		p := x
		if v+1 < len(w) {
			p = s.vec()
		}
		VPMADDWD(w[v], x, p)
		VPADDD(p, sum[v], sum[v])
	}
}

func (s isa) tile(name string, m, vectors int, columns bool, add func(w []vec, x vec, sum []vec)) {
	s.text(fmt.Sprintf("%s%dx%d", name, m, vectors),
		"depth, panels int, a *float32, lda int, b, from *float32, ldfrom int, c *float32, ldc, cols int",
		fmt.Sprintf("is a Tile of height %d, in vectors %d wide.", m, vectors))
	panels, b := param("panels"), param("b")
	from, c := param("from"), param("c")
	a := make([]reg.GPVirtual, 1)
	if !columns {
		a = make([]reg.GPVirtual, (m+2)/3) // every third row; the others by one or two strides
	}
	for i := range a {
		a[i] = GP64()
	}
	lda := GP64()
	if !columns {
		Load(Param("lda"), lda)
	}
	row := func(i, step int) Mem {
		switch {
		case columns:
			return Mem{Base: a[0], Disp: 4 * (step*m + i)}
		case i%3 == 0:
			return Mem{Base: a[i/3], Disp: 4 * step}
		}
		return Mem{Base: a[i/3], Index: lda, Scale: uint8(i % 3), Disp: 4 * step}
	}

	panel := label("panel")
	Label(panel)
	Load(Param("a"), a[0])
	if len(a) > 1 {
		three := GP64()
		LEAQ(Mem{Base: lda, Index: lda, Scale: 2}, three)
		for i := 1; i < len(a); i++ {
			LEAQ(Mem{Base: a[i-1], Index: three, Scale: 1}, a[i])
		}
	}
	sum := make([][]vec, m)
	for i := range sum {
		for range vectors {
			sum[i] = append(sum[i], s.vec())
		}
	}
	whole := func(p, stride reg.GPVirtual, last lanes, f func(l lanes, i, v int, m Mem)) {
		for i := range m {
			for v := range vectors {
				l := lanes{s: s}
				if v == vectors-1 {
					l = last
				}
				f(l, i, v, Mem{Base: p, Disp: v * s.bytes()})
			}
			if i+1 < m {
				ADDQ(stride, p)
			}
		}
	}
	// both emits f for whole vectors and for a last one cut off.
	both := func(p reg.GPVirtual, strideOf string, f func(l lanes, i, v int, m Mem)) {
		cut, end := label("cut"), label("full")
		walk, stride, cols := GP64(), param(strideOf), param("cols")
		MOVQ(p, walk)
		CMPQ(cols, Imm(uint64(s.width)))
		JL(LabelRef(cut))
		whole(walk, stride, lanes{s: s}, f)
		JMP(LabelRef(end))
		Label(cut)
		whole(walk, stride, s.some(cols), f)
		Label(end)
	}
	both(from, "ldfrom", func(l lanes, i, v int, m Mem) { l.loadTo(m, sum[i][v]) })

	step := func(k int) {
		w := make([]vec, vectors)
		for v := range w {
			w[v] = s.vec()
			VMOVUPS(Mem{Base: b, Disp: (k*vectors + v) * s.bytes()}, w[v])
		}
		for i := range m {
			x := s.vec()
			VBROADCASTSS(row(i, k), x)
			add(w, x, sum[i])
		}
	}
	advance := func(steps int) {
		by := 4 * steps
		if columns {
			by *= m
		}
		for _, p := range a {
			ADDQ(U32(uint32(by)), p)
		}
		ADDQ(U32(uint32(steps*vectors*s.bytes())), b)
	}
	unroll := 4
	if m > 6 {
		unroll = 2
	}
	depth := param("depth")
	loop, rest, end := label("steps"), label("rest"), label("end")
	SUBQ(Imm(uint64(unroll)), depth)
	JL(LabelRef(rest))
	Label(loop)
	for k := range unroll {
		step(k)
	}
	advance(unroll)
	SUBQ(Imm(uint64(unroll)), depth)
	JGE(LabelRef(loop))
	Label(rest)
	ADDQ(Imm(uint64(unroll)), depth)
	JZ(LabelRef(end))
	one := label("one")
	Label(one)
	step(0)
	advance(1)
	DECQ(depth)
	JNZ(LabelRef(one))
	Label(end)

	both(c, "ldc", func(l lanes, i, v int, m Mem) { l.store(sum[i][v], m) })
	ADDQ(U32(uint32(vectors*s.bytes())), from)
	ADDQ(U32(uint32(vectors*s.bytes())), c)
	DECQ(panels)
	JNZ(LabelRef(panel))
	done()
}

// transpose8 is the packing of a transposed matrix, eight by eight.
func transpose8() {
	TEXT("transpose8", NOSPLIT, "func(blocks int, x *float32, ldx int, out *float32, ldout int)")
	Doc("transpose8 is out[j, i] = x[i, j] for 8 rows i and 8·blocks columns j; strides in bytes.")
	Pragma("noescape")
	blocks, x, out := param("blocks"), param("x"), param("out")
	ldx, ldout := param("ldx"), param("ldout")
	x3, x6, three := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: ldx, Index: ldx, Scale: 2}, three)
	LEAQ(Mem{Base: x, Index: three, Scale: 1}, x3)
	LEAQ(Mem{Base: x3, Index: three, Scale: 1}, x6)
	out3, out6, outs := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: ldout, Index: ldout, Scale: 2}, outs)
	row := func(p []reg.GPVirtual, stride reg.GPVirtual, i int) Mem {
		if i%3 == 0 {
			return Mem{Base: p[i/3]}
		}
		return Mem{Base: p[i/3], Index: stride, Scale: uint8(i % 3)}
	}
	times(blocks, func() {
		LEAQ(Mem{Base: out, Index: outs, Scale: 1}, out3)
		LEAQ(Mem{Base: out3, Index: outs, Scale: 1}, out6)
		var r, t, u [8]vec
		for i := range r {
			r[i] = YMM()
			VMOVUPS(row([]reg.GPVirtual{x, x3, x6}, ldx, i), r[i])
		}
		for i := 0; i < 8; i += 2 {
			t[i], t[i+1] = YMM(), YMM()
			VUNPCKLPS(r[i+1], r[i], t[i])
			VUNPCKHPS(r[i+1], r[i], t[i+1])
		}
		for i := 0; i < 8; i += 4 {
			for j := range 2 {
				u[i+2*j], u[i+2*j+1] = YMM(), YMM()
				VSHUFPS(Imm(0x44), t[i+2+j], t[i+j], u[i+2*j])
				VSHUFPS(Imm(0xee), t[i+2+j], t[i+j], u[i+2*j+1])
			}
		}
		for i := range 8 {
			o := YMM()
			half := uint64(0x20)
			if i >= 4 {
				half = 0x31
			}
			VPERM2F128(Imm(half), u[4+i%4], u[i%4], o)
			VMOVUPS(o, row([]reg.GPVirtual{out, out3, out6}, ldout, i))
		}
		for _, p := range []reg.GPVirtual{x, x3, x6} {
			ADDQ(Imm(32), p)
		}
		LEAQ(Mem{Base: out, Index: ldout, Scale: 8}, out)
	})
	done()
}
