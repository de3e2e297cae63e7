package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The functions of engine/tensor/math.go, operation by operation. The numbers
// are the same literals; devicetest compares the bits.
var (
	log2e   = number(1.4426950408889634)
	nearest = number(3 << 22)
	ln2Hi   = number(355.0 / 512)
	ln2Lo   = number(-2.12194440e-4)
	expLow  = number(-87.33)

	minusLn2 = number(-math.Ln2)
	expAll   = [7]constant{one, one, expE[0], expE[1], expE[2], expE[3], expE[4]}

	expE = [5]constant{
		number(0.4999999403953552), number(0.1666651964187622), number(0.04166839271783829),
		number(0.008368780836462975), number(0.001381446490995586),
	}
	tanhT = [5]constant{
		number(-0.3333328366279602), number(0.13331490755081177), number(-0.05374349653720856),
		number(0.020650578662753105), number(-0.005717036779969931),
	}
	tanhNear = number(0.625)

	one      = word(0x3f800000) // as a float 1, as an integer its bits
	zero     = word(0)
	minusTwo = number(-2)
	signBit  = word(1 << 31)
	restBits = word(1<<31 - 1)

	codeMost, codeLeast = number(127), number(-127)

	tiny  = number(0x1p-100)
	adamG = number(0x1p-50)
	adamM = number(0x1p-60)
	adamV = number(0x1p-110)

	halfScale = number(0x1p112)
)

type vec = reg.VecVirtual

func (s isa) mul(a, b vec) vec { r := s.vec(); VMULPS(b, a, r); return r }
func (s isa) add(a, b vec) vec { r := s.vec(); VADDPS(b, a, r); return r }
func (s isa) sub(a, b vec) vec { r := s.vec(); VSUBPS(b, a, r); return r } // a − b
func (s isa) div(a, b vec) vec { r := s.vec(); VDIVPS(b, a, r); return r } // a ÷ b

// plusProduct is to + a·b, where to makes a vector of its own.
func (s isa) plusProduct(a, b vec, to func() vec) vec {
	if s.fused {
		r := to()
		VFMADD231PS(b, a, r)
		return r
	}
	return s.add(to(), s.mul(a, b))
}

// lessSquare is a − x².
func (s isa) lessSquare(a, x vec) vec {
	if s.fused {
		r := s.vec()
		VMOVAPS(a, r)
		VFNMADD231PS(x, x, r)
		return r
	}
	return s.sub(a, s.mul(x, x))
}

// held are constants that the function at hand keeps in registers.
var held = map[constant]vec{}

// hold keeps them, where there are 32 registers.
func (s isa) hold(all ...constant) {
	if s.width == 16 {
		for _, c := range all {
			held[c] = s.everywhere(c)
		}
	}
}

// mulBy, plus and minus take a constant from memory.
func (s isa) mulBy(a vec, c constant) vec {
	r := s.vec()
	if h, ok := held[c]; ok {
		VMULPS(h, a, r)
	} else if s.width == 16 {
		VMULPS_BCST(c.mem(), a, r)
	} else {
		VMULPS(c.mem(), a, r)
	}
	return r
}

func (s isa) plus(a vec, c constant) vec {
	r := s.vec()
	if h, ok := held[c]; ok {
		VADDPS(h, a, r)
	} else if s.width == 16 {
		VADDPS_BCST(c.mem(), a, r)
	} else {
		VADDPS(c.mem(), a, r)
	}
	return r
}

func (s isa) minus(a vec, c constant) vec {
	r := s.vec()
	if h, ok := held[c]; ok {
		VSUBPS(h, a, r)
	} else if s.width == 16 {
		VSUBPS_BCST(c.mem(), a, r)
	} else {
		VSUBPS(c.mem(), a, r)
	}
	return r
}

// and, or combine bits with a constant's.
func (s isa) and(a vec, c constant) vec {
	r := s.vec()
	if s.width == 16 {
		VPANDD_BCST(c.mem(), a, r)
	} else {
		VPAND(c.mem(), a, r)
	}
	return r
}

func (s isa) or(a vec, c constant) vec {
	r := s.vec()
	if s.width == 16 {
		VPORD_BCST(c.mem(), a, r)
	} else {
		VPOR(c.mem(), a, r)
	}
	return r
}

func (s isa) xor(a, b vec) vec {
	r := s.vec()
	if s.width == 16 {
		VPXORD(b, a, r)
	} else {
		VPXOR(b, a, r)
	}
	return r
}

// everywhere is a constant in all lanes of a register.
func (s isa) everywhere(c constant) vec {
	r := s.vec()
	VBROADCASTSS(c.mem(), r)
	return r
}

func (s isa) clear() vec {
	r := s.vec()
	if s.width == 16 {
		VPXORD(r, r, r)
	} else {
		VPXOR(r, r, r)
	}
	return r
}

const (
	isLess  = 0x11 // ordered: false of NaN
	notLess = 0x15 // its opposite: true of NaN
)

// unlessBelow is y, but +0 where x < c.
func (s isa) unlessBelow(y, x vec, c constant) vec {
	r := s.vec()
	if s.width == 16 {
		k := K()
		VCMPPS_BCST(Imm(notLess), c.mem(), x, k)
		VMOVAPS_Z(y, k, r)
		return r
	}
	m := s.vec()
	VCMPPS(Imm(notLess), c.mem(), x, m)
	VPAND(y, m, r)
	return r
}

// notBelow compares now: +0 where x < c, else y.
func (s isa) notBelow(x vec, c constant) func(y vec) vec {
	if s.width == 16 {
		k := K()
		VCMPPS_BCST(Imm(notLess), c.mem(), x, k)
		return func(y vec) vec { r := s.vec(); VMOVAPS_Z(y, k, r); return r }
	}
	return func(y vec) vec { return s.unlessBelow(y, x, c) }
}

// below is x < c ? a : b.
func (s isa) below(x vec, c constant, a, b vec) vec {
	r := s.vec()
	if s.width == 16 {
		k := K()
		VCMPPS_BCST(Imm(isLess), c.mem(), x, k)
		VBLENDMPS(a, b, k, r)
		return r
	}
	m := s.vec()
	VCMPPS(Imm(isLess), c.mem(), x, m)
	VBLENDVPS(m, a, b, r)
	return r
}

// flush is tensor.flush: +0 for |x| < bound, else x.
func (s isa) flush(x vec, bound constant) vec { return s.unlessBelow(x, s.and(x, restBits), bound) }

// The functions below take several vectors and go through their steps abreast:
// each alone is one long chain, and the processor looks only so far ahead for others.

// over is f of every vector.
func over(x []vec, f func(i int, x vec) vec) []vec {
	y := make([]vec, len(x))
	for i, v := range x {
		y[i] = f(i, v)
	}
	return y
}

func (s isa) mulAll(a, b []vec) []vec {
	return over(a, func(i int, x vec) vec { return s.mul(x, b[i]) })
}
func (s isa) addAll(a, b []vec) []vec {
	return over(a, func(i int, x vec) vec { return s.add(x, b[i]) })
}
func (s isa) subAll(a, b []vec) []vec {
	return over(a, func(i int, x vec) vec { return s.sub(x, b[i]) })
}

// with is f of every vector and a constant.
func with(f func(vec, constant) vec, x []vec, c constant) []vec {
	return over(x, func(_ int, x vec) vec { return f(x, c) })
}

// horner is c[0] + x·(c[1] + x·(c[2] + …)).
func (s isa) horner(x []vec, c []constant) []vec {
	last := len(c) - 1
	if s.fused {
		y := over(x, func(int, vec) vec { return s.everywhere(c[last]) })
		for i := last - 1; i >= 0; i-- {
			for j := range y {
				s.timesPlus(y[j], x[j], c[i])
			}
		}
		return y
	}
	y := with(s.mulBy, x, c[last])
	for i := last - 1; ; i-- {
		y = with(s.plus, y, c[i])
		if i == 0 {
			return y
		}
		y = s.mulAll(y, x)
	}
}

// timesPlus is y = y·x + c, fused.
func (s isa) timesPlus(y, x vec, c constant) {
	if h, ok := held[c]; ok {
		VFMADD213PS(h, x, y)
	} else if s.width == 16 {
		VFMADD213PS_BCST(c.mem(), x, y)
	} else {
		VFMADD213PS(c.mem(), x, y)
	}
}

// fusedExp is exp with fewer roundings and ln 2 in one piece: n is at most 126, by which
// the error of its last bit stays below that of the result.
func (s isa) fusedExp(x []vec) []vec {
	t := over(x, func(int, vec) vec { return s.everywhere(log2e) })
	for i := range t {
		s.timesPlus(t[i], x[i], nearest)
	}
	n := with(s.minus, t, nearest)
	r := over(n, func(i int, n vec) vec { // x − n·ln 2
		r := s.everywhere(minusLn2)
		VFMADD213PS(x[i], n, r)
		return r
	})
	y := s.horner(r, expAll[:])
	return over(y, func(i int, y vec) vec {
		if s.width == 16 {
			k, z := K(), s.vec()
			VCMPPS_BCST(Imm(notLess), expLow.mem(), x[i], k)
			VSCALEFPS_Z(n[i], y, k, z)
			return z
		}
		power := s.vec()
		VPSLLD(Imm(23), t[i], power)
		VPADDD(one.mem(), power, power)
		return s.unlessBelow(s.mul(y, power), x[i], expLow)
	})
}

// over1 is a ÷ d for 1 ≤ d ≤ 2. A division of 16 lanes takes long; the processor's
// estimate of 1/d and a step of Newton's method less, and at d = 1 both are exact, as a
// gate that is shut needs. (The estimate that AVX2 has is not.)
func (s isa) over1(a, d, ones vec) vec {
	if !s.fused || s.width != 16 {
		return s.div(a, d)
	}
	r, off := s.vec(), s.vec()
	VRCP14PS(d, r)
	VMOVAPS(ones, off)
	VFNMADD231PS(r, d, off) // 1 − d·r
	VFMADD213PS(r, r, off)  // r + r·(1 − d·r)
	return s.mul(a, off)
}

// exp is tensor.expNegative, for x ≤ 0 or NaN.
func (s isa) exp(x []vec) []vec {
	if s.fused {
		return s.fusedExp(x)
	}
	keep := make([]func(vec) vec, len(x))
	for i, x := range x {
		keep[i] = s.notBelow(x, expLow)
	}
	t := with(s.plus, with(s.mulBy, x, log2e), nearest)
	n := with(s.minus, t, nearest)
	r := s.subAll(x, with(s.mulBy, n, ln2Hi))
	r = s.subAll(r, with(s.mulBy, n, ln2Lo))
	q := s.horner(r, expE[:])
	y := with(s.plus, s.addAll(s.mulAll(s.mulAll(r, r), q), r), one)
	y = over(y, func(i int, y vec) vec {
		power := s.vec()
		VPSLLD(Imm(23), t[i], power)
		if s.width == 16 {
			VPADDD_BCST(one.mem(), power, power)
		} else {
			VPADDD(one.mem(), power, power)
		}
		return s.mul(y, power)
	})
	return over(y, func(i int, y vec) vec { return keep[i](y) })
}

// gates are tensor.Sigmoid32 of x, and Tanh32 of z. ones holds 1 in all lanes.
func (s isa) gates(x, z []vec, ones vec) (sigmoids, tanhs []vec) {
	a := with(s.and, z, restBits)
	e := s.exp(append(with(s.or, x, signBit), with(s.mulBy, a, minusTwo)...))
	up := over(x, func(i int, x vec) vec { return s.below(x, zero, e[i], ones) })
	up = append(up, over(z, func(i int, _ vec) vec { return s.sub(ones, e[len(x)+i]) })...)
	y := over(e, func(i int, e vec) vec { return s.over1(up[i], s.plus(e, one), ones) })
	far := y[len(x):]
	// An odd polynomial near 0.
	square := s.mulAll(z, z)
	p := s.horner(square, tanhT[:])
	near := over(z, func(i int, z vec) vec {
		return s.plusProduct(s.mul(z, square[i]), p[i], func() vec { r := s.vec(); VMOVAPS(z, r); return r })
	})
	return y[:len(x)], over(z, func(i int, z vec) vec {
		return s.below(a[i], tanhNear, near[i], s.xor(far[i], s.and(z, signBit)))
	})
}
