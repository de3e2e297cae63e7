package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func (s isa) elementwise() {
	two := func(name, doc string, f func(a, b vec) vec) {
		s.text(name, "n int, x, y *float32", doc)
		n, x, y := param("n"), param("x"), param("y")
		s.eachOne(n, func(l lanes, i gp) { l.store(f(l.load(at(y, i)), l.load(at(x, i))), at(y, i)) })
		done()
	}
	two("add", "is y[:n] += x[:n].", s.add)
	two("mul", "is y[:n] *= x[:n].", s.mul)
	two("mask", "is y = +0 where x is 0, for [:n].", func(y, x vec) vec {
		r := s.vec()
		if s.width == 16 {
			k := K()
			VCMPPS_BCST(Imm(notEqual), zero.mem(), x, k)
			VMOVAPS_Z(y, k, r)
		} else {
			VCMPPS(Imm(notEqual), zero.mem(), x, r)
			VPAND(y, r, r)
		}
		return r
	})

	s.text("scale", "n int, by float32, x *float32", "is x[:n] *= by.")
	n, x := param("n"), param("x")
	by := s.vec()
	f, err := Param("by").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(f.Addr, by)
	s.eachOne(n, func(l lanes, i gp) { l.store(s.mul(l.load(at(x, i)), by), at(x, i)) })
	done()

	s.text("flush", "n int, x *float32", "is x = +0 where |x| < 2⁻¹⁰⁰, for [:n].")
	n, x = param("n"), param("x")
	s.eachOne(n, func(l lanes, i gp) { l.store(s.flush(l.load(at(x, i)), tiny), at(x, i)) })
	done()
}

const notEqual = 0x04 // unordered: true of NaN

// rows are kernels over the rows of matrices n wide, one call for all of them.
func (s isa) rows() {
	// picked goes through x by rows and through a table by the numbers of rows; below 0 is skipped.
	picked := func(name, doc string, body func(l lanes, table, x Mem)) {
		s.text(name, "count int, rows *int32, n int, table, x *float32", doc)
		count, rows, n, table, x := param("count"), param("rows"), param("n"), param("table"), param("x")
		times(count, func() {
			next := label("next")
			row := GP64()
			MOVLQSX(Mem{Base: rows}, row)
			TESTQ(row, row)
			JL(LabelRef(next))
			IMULQ(n, row)
			LEAQ(at(table, row), row)
			s.eachOne(n, func(l lanes, i gp) { body(l, at(row, i), at(x, i)) })
			Label(next)
			ADDQ(Imm(4), rows)
			LEAQ(at(x, n), x)
		})
		done()
	}
	picked("gather", "is x[i, :] = table[rows[i], :].", func(l lanes, table, x Mem) { l.store(l.load(table), x) })
	picked("scatterAdd", "is table[rows[i], :] += x[i, :].", func(l lanes, table, x Mem) {
		l.store(s.add(l.load(table), l.load(x)), table)
	})
	picked("mulRows", "is x[i, :] *= table[rows[i], :].", func(l lanes, table, x Mem) {
		l.store(s.mul(l.load(x), l.load(table)), x)
	})

	s.text("addBias", "count, n int, bias, x *float32", "is x[i, :] += bias.")
	count, n, bias, x := param("count"), param("n"), param("bias"), param("x")
	times(count, func() {
		s.eachOne(n, func(l lanes, i gp) { l.store(s.add(l.load(at(x, i)), l.load(at(bias, i))), at(x, i)) })
		LEAQ(at(x, n), x)
	})
	done()

	s.text("copyRows", "count, n int, x *float32, ldx int, out *float32, ldout int", "is out[i, :n] = x[i, :n]; strides in bytes.")
	count, n, x, out := param("count"), param("n"), param("x"), param("out")
	ldx, ldout := param("ldx"), param("ldout")
	times(count, func() {
		s.eachOne(n, func(l lanes, i gp) { l.store(l.load(at(x, i)), at(out, i)) })
		ADDQ(ldx, x)
		ADDQ(ldout, out)
	})
	done()

	s.text("sumRows", "count, n int, x, out *float32", "is out = out + x[0, :] + x[1, :] + …, in this order.")
	count, n, x, out = param("count"), param("n"), param("x"), param("out")
	stride := GP64()
	MOVQ(n, stride)
	SHLQ(Imm(2), stride)
	s.eachOne(n, func(l lanes, i gp) {
		p, left, sum := GP64(), GP64(), l.load(at(out, i))
		LEAQ(at(x, i), p)
		MOVQ(count, left)
		times(left, func() {
			VADDPS(l.load(Mem{Base: p}), sum, sum)
			ADDQ(stride, p)
		})
		l.store(sum, at(out, i))
	})
	done()
}

// reductions: lane j sums the squares of x[j], x[j+16], …; then the lanes pairwise.
func (s isa) reductions() {
	TEXT("sumSquares"+s.suffix, NOSPLIT, "func(n int, x *float32) float32")
	Doc("sumSquares" + s.suffix + " has 16 lanes, added pairwise.")
	Pragma("noescape")
	n, x := param("n"), param("x")
	sum := []vec{s.clear()}
	if s.width == 8 {
		sum = append(sum, s.clear())
	}
	loop, tail, end := label("loop"), label("tail"), label("end")
	Label(loop)
	CMPQ(n, Imm(16))
	JL(LabelRef(tail))
	for i, v := range sum {
		w := lanes{s: s}.load(Mem{Base: x, Disp: i * s.bytes()})
		VADDPS(s.mul(w, w), v, v)
	}
	ADDQ(Imm(64), x)
	SUBQ(Imm(16), n)
	JMP(LabelRef(loop))
	Label(tail)
	for i, v := range sum {
		square := func(l lanes) {
			w := l.load(Mem{Base: x, Disp: i * s.bytes()})
			VADDPS(s.mul(w, w), v, v)
		}
		TESTQ(n, n)
		JLE(LabelRef(end))
		if s.width == 8 {
			part, next := label("part"), label("next")
			CMPQ(n, Imm(8))
			JL(LabelRef(part))
			square(lanes{s: s})
			JMP(LabelRef(next))
			Label(part)
			square(s.some(n))
			Label(next)
			SUBQ(Imm(8), n)
		} else {
			square(s.some(n))
		}
	}
	Label(end)
	low := YMM()
	if s.width == 16 {
		VEXTRACTF64X4(Imm(1), sum[0], low)
		VADDPS(low, sum[0].AsY(), low)
	} else {
		VADDPS(sum[1], sum[0], low)
	}
	four, next := XMM(), XMM()
	VEXTRACTF128(Imm(1), low, four)
	VADDPS(four, low.AsX(), four)
	VMOVHLPS(four, four, next)
	VADDPS(next, four, four)
	VPSHUFD(Imm(1), four, next)
	VADDSS(next, four, four)
	Store(four, ReturnIndex(0))
	done()
}

// peak is what no Gemm can pass: products and sums that wait for nothing and touch no memory.
func (s isa) peak() {
	chains := 12
	if s.width == 16 {
		chains = 24
	}
	s.text("peak", "n int", fmt.Sprintf("does n·%d products and as many sums of float32, in registers.", chains*s.width))
	n := param("n")
	x, y := s.everywhere(one), s.everywhere(zero)
	sum := make([]vec, chains)
	for i := range sum {
		sum[i] = s.clear()
	}
	times(n, func() {
		for _, v := range sum {
			if s.fused {
				VFMADD231PS(y, x, v)
				continue
			}
			p := s.mul(x, y)
			VADDPS(p, v, v)
		}
	})
	done()
}
