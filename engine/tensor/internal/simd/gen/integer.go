package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// int8 are the tiles of GemmInt8: m rows of a by four rows of b, products in pairs of
// int16 (VPMADDWD), exact in int32. What is left of k at the end is read once more
// from width bytes before the end, with the bytes that have been counted made 0.
func (s isa) int8() {
	heights := []int{1, 2}
	if s.width == 16 {
		heights = append(heights, 4)
	}
	for _, m := range heights {
		s.dots(m)
	}
}

func (s isa) dots(m int) {
	wide := 2 * s.width // codes in a vector of int16
	s.text(fmt.Sprintf("dots%d", m), "k int, a *int8, lda int, b *int8, ldb int, c *int32, ldc int",
		fmt.Sprintf("is c [%d, 4] = a [%d, k] · b [4, k]ᵀ, k ≥ %d; strides in bytes.", m, m, wide))
	k, a, b := param("k"), param("a"), param("b")
	lda, ldb := param("lda"), param("ldb")
	b3 := GP64()
	LEAQ(Mem{Base: ldb, Index: ldb, Scale: 2}, b3)
	ADDQ(b, b3)
	a3 := a
	if m == 4 {
		a3 = GP64()
		LEAQ(Mem{Base: lda, Index: lda, Scale: 2}, a3)
		ADDQ(a, a3)
	}
	row := func(p, p3, stride gp, i int) Mem {
		switch i {
		case 0:
			return Mem{Base: p}
		case 3:
			return Mem{Base: p3}
		}
		return Mem{Base: p, Index: stride, Scale: uint8(i)}
	}
	sum := make([][4]vec, m)
	for i := range sum {
		for j := range sum[i] {
			sum[i][j] = s.clear()
		}
	}
	wider := func(mem Op) vec {
		r := s.vec()
		VPMOVSXBW(mem, r)
		return r
	}
	block := func(mask reg.Register) {
		x := make([]vec, m)
		for i := range x {
			x[i] = wider(row(a, a3, lda, i))
			if mask != nil {
				if s.width == 16 {
					VPANDD(mask, x[i], x[i])
				} else {
					VPAND(mask, x[i], x[i])
				}
			}
		}
		for j := range 4 {
			w := wider(row(b, b3, ldb, j))
			for i := range x {
				p := s.vec()
				VPMADDWD(w, x[i], p)
				VPADDD(p, sum[i][j], sum[i][j])
			}
		}
	}
	move := func(by Op) {
		ADDQ(by, a)
		if m == 4 {
			ADDQ(by, a3)
		}
		ADDQ(by, b)
		ADDQ(by, b3)
	}
	loop, tail, end := label("loop"), label("tail"), label("end")
	Label(loop)
	CMPQ(k, Imm(uint64(wide)))
	JL(LabelRef(tail))
	block(nil)
	move(Imm(uint64(wide)))
	SUBQ(Imm(uint64(wide)), k)
	JMP(LabelRef(loop))
	Label(tail)
	TESTQ(k, k)
	JZ(LabelRef(end))
	back, table := GP64(), GP64()
	MOVQ(k, back)
	SUBQ(Imm(uint64(wide)), back)
	move(back)
	// byteTable's 32 zeros end where its ones begin; the last k of wide are ones.
	LEAQ(byteTable.Offset(32-wide), table)
	block(wider(Mem{Base: table, Index: k, Scale: 1}))
	Label(end)

	c, ldc := param("c"), param("ldc")
	// Within each four lanes: the sums of four vectors, one a lane.
	join := func(low, high func(...Op), x, y vec) vec {
		l, h := s.vec(), s.vec()
		low(y, x, l)
		high(y, x, h)
		VPADDD(h, l, l)
		return l
	}
	for i := range sum {
		y := sum[i]
		all := join(VPUNPCKLQDQ, VPUNPCKHQDQ, join(VPUNPCKLDQ, VPUNPCKHDQ, y[0], y[1]), join(VPUNPCKLDQ, VPUNPCKHDQ, y[2], y[3]))
		four := XMM()
		if s.width == 16 {
			half := YMM()
			VEXTRACTI64X4(Imm(1), all, half)
			VPADDD(half, all.AsY(), half)
			VEXTRACTI32X4(Imm(1), half, four)
			VPADDD(half.AsX(), four, four)
		} else {
			VEXTRACTI128(Imm(1), all, four)
			VPADDD(all.AsX(), four, four)
		}
		VMOVUPS(four, Mem{Base: c})
		if i+1 < len(sum) {
			ADDQ(ldc, c)
		}
	}
	done()
}

// round is RoundInt8 for whole vectors of one row, and the sum of its codes; widen makes
// int16 of codes. What is left of a row is their caller's.
func (s isa) round() {
	TEXT("round"+s.suffix, NOSPLIT, "func(vectors int, x *float32, codes *int8) int32")
	Doc(fmt.Sprintf("round%s is codes = x·127 to nearest even within ±127, NaN as 0, for %d·vectors, and their sum.", s.suffix, s.width))
	Pragma("noescape")
	vectors, x, codes := param("vectors"), param("x"), param("codes")
	sum, most, least := s.clear(), s.everywhere(codeMost), s.everywhere(codeLeast)
	times(vectors, func() {
		y := s.mulBy(lanes{s: s}.load(Mem{Base: x}), codeMost)
		z, q := s.vec(), s.vec()
		if s.width == 16 {
			k := K()
			VCMPPS(Imm(ordered), y, y, k)
			VMOVAPS_Z(y, k, z)
		} else {
			VCMPPS(Imm(ordered), y, y, z)
			VPAND(y, z, z)
		}
		VMINPS(most, z, z)
		VMAXPS(least, z, z)
		VCVTPS2DQ(z, q)
		VPADDD(q, sum, sum)
		if s.width == 16 {
			VPMOVDB(q, Mem{Base: codes})
		} else {
			high := XMM()
			VEXTRACTI128(Imm(1), q, high)
			VPACKSSDW(high, q.AsX(), high)
			VPACKSSWB(high, high, high)
			VMOVQ(high, Mem{Base: codes})
		}
		ADDQ(Imm(uint64(s.bytes())), x)
		ADDQ(Imm(uint64(s.width)), codes)
	})
	four, next := XMM(), XMM()
	if s.width == 16 {
		half := YMM()
		VEXTRACTI64X4(Imm(1), sum, half)
		VPADDD(half, sum.AsY(), sum.AsY())
	}
	VEXTRACTI128(Imm(1), sum.AsY(), four)
	VPADDD(sum.AsX(), four, four)
	VPSHUFD(Imm(0x4e), four, next)
	VPADDD(next, four, four)
	VPSHUFD(Imm(1), four, next)
	VPADDD(next, four, four)
	total := GP32()
	VMOVD(four, total)
	Store(total, ReturnIndex(0))
	done()

	s.text("widen", "vectors int, codes *int8, out *int16", fmt.Sprintf("is out = codes, %d·vectors of them.", 2*s.width))
	vectors, codes = param("vectors"), param("codes")
	out := param("out")
	times(vectors, func() {
		w := s.vec()
		VPMOVSXBW(Mem{Base: codes}, w)
		VMOVUPS(w, Mem{Base: out})
		ADDQ(Imm(uint64(2*s.width)), codes)
		ADDQ(Imm(uint64(s.bytes())), out)
	})
	done()
}

const ordered = 0x07 // false of NaN

// rescale makes float32 of the sums of int8 codes; see tensor.Int8.
func (s isa) rescale() {
	s.text("rescale", "rows, n int, acc, by *int32, apart, zeros int, zeroW, sumW *int32, scaleW, y *float32",
		"is y += float32(acc − zeroW·sumX − zeroX·sumW)·(scaleX·scaleW) for each row of n; by is a row's scaleX, zeroX, sumX, apart bytes from the next; where zeros is 0, so are all zeroW.")
	rows, n, acc, by := param("rows"), param("n"), param("acc"), param("by")
	apart, zeros := param("apart"), param("zeros")
	zeroW, sumW := param("zeroW"), param("sumW")
	scaleW, y := param("scaleW"), param("y")
	all := func(at int) vec {
		r := s.vec()
		VBROADCASTSS(Mem{Base: by, Disp: at}, r) // four bytes, whatever they mean
		return r
	}
	times(rows, func() {
		scaleX := all(0)
		add := func(l lanes, i gp, sum vec) {
			VCVTDQ2PS(sum, sum)
			by := s.mul(l.load(at(scaleW, i)), scaleX)
			l.store(s.add(l.load(at(y, i)), s.mul(sum, by)), at(y, i))
		}
		plain, next := label("plain"), label("next")
		zero := GP64()
		MOVLQSX(Mem{Base: by, Disp: 4}, zero)
		ORQ(zeros, zero)
		JZ(LabelRef(plain))
		zeroX, sumX := all(4), all(8)
		s.eachOne(n, func(l lanes, i gp) {
			a, b, sum := s.vec(), s.vec(), l.load(at(acc, i))
			VPMULLD(l.load(at(zeroW, i)), sumX, a)
			VPMULLD(l.load(at(sumW, i)), zeroX, b)
			VPADDD(b, a, a)
			VPSUBD(a, sum, sum)
			add(l, i, sum)
		})
		JMP(LabelRef(next))
		Label(plain)
		s.eachOne(n, func(l lanes, i gp) { add(l, i, l.load(at(acc, i))) })
		Label(next)
		ADDQ(apart, by)
		LEAQ(Mem{Base: acc, Index: n, Scale: 4}, acc)
		LEAQ(Mem{Base: y, Index: n, Scale: 4}, y)
	})
	done()
}

// sparse is GemmSparse for one vector of rows of x, transposed: x [K, width], y [N,
// width]. sparseInt is the same of int32, and from 0.
func (s isa) sparse() {
	s.kept("sparse", "*float32", "y[r, :] += ", func(sum, val, x vec) {
		VADDPS(s.mul(val, x), sum, sum)
	})
	s.kept("sparseInt", "*int32", "y[r, :] = ", func(sum, val, x vec) {
		VPMULLD(x, val, val)
		VPADDD(val, sum, sum)
	})
}

func (s isa) kept(name, kind, does string, add func(sum, val, x vec)) {
	s.text(name, "n int, row, col *int32, val, x, y "+kind,
		fmt.Sprintf("is %sx[col[i], :]·val[i], i in [row[r], row[r+1]); x and y are %d wide.", does, s.width))
	n, row, col, val := param("n"), param("row"), param("col"), param("val")
	x, y := param("x"), param("y")
	shift := uint64(5)
	if s.width == 16 {
		shift = 6
	}
	i := GP64()
	MOVLQSX(Mem{Base: row}, i)
	times(n, func() {
		loop, end := label("kept"), label("end")
		last := GP64()
		MOVLQSX(Mem{Base: row, Disp: 4}, last)
		sum := s.clear()
		if kind == "*float32" {
			VMOVUPS(Mem{Base: y}, sum)
		}
		CMPQ(i, last)
		JGE(LabelRef(end))
		Label(loop)
		c, v := GP64(), s.vec()
		MOVLQSX(at(col, i), c)
		SHLQ(Imm(shift), c)
		VBROADCASTSS(at(val, i), v)
		add(sum, v, lanes{s: s}.load(Mem{Base: x, Index: c, Scale: 1}))
		INCQ(i)
		CMPQ(i, last)
		JL(LabelRef(loop))
		Label(end)
		VMOVUPS(sum, Mem{Base: y})
		ADDQ(Imm(4), row)
		ADDQ(Imm(uint64(s.bytes())), y)
	})
	done()
}
