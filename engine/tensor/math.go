package tensor

import "math"

// Our own float32 functions. Every one is a fixed sequence of float32
// additions, products, quotients and square roots, so it gives the same bits on
// every machine, which math.Exp and its like do not promise. Coefficients were
// fitted by Lawson's iteration in float64 (minimax of the relative error).
//
//	Exp32      relative error ≤ 1.2e-7   (< 1e-7 typically; float32's half ulp is 6e-8)
//	Sigmoid32  ≤ 2.0e-7
//	Tanh32     ≤ 2.0e-7
//	Log32      ≤ 1.5e-7
//	Log1p32    ≤ 2.5e-7
//
// The tests hold them to these bounds.

const (
	log2e = 1.4426950408889634
	ln2Hi = 355.0 / 512 // few bits, so that n·ln2Hi is exact
	ln2Lo = -2.12194440e-4
	// nearest, added and taken away again, rounds to a whole number, half to even.
	nearest     = 3 << 22
	nearestBits = 0x4b400000

	expLow  = -87.33   // below, exp is stored as 0: it would be a denormal
	expHigh = 88.72283 // above, exp overflows
)

// exp(r) = 1 + r + r²·(e0 + e1·r + e2·r² + e3·r³ + e4·r⁴) on ±ln2/2.
const (
	e0 = 0.4999999403953552
	e1 = 0.1666651964187622
	e2 = 0.04166839271783829
	e3 = 0.008368780836462975
	e4 = 0.001381446490995586
)

// Exp32 is eˣ: 0 below −87.33, +Inf above 88.72283.
func Exp32(x float32) float32 {
	if x < expLow {
		return 0
	}
	if x > expHigh {
		return float32(math.Inf(1))
	}
	if x != x {
		return x
	}
	t := float32(x*log2e) + nearest
	n := t - nearest
	r := x - float32(n*ln2Hi)
	r = r - float32(n*ln2Lo)
	q := float32(e4*r) + e3
	q = float32(q*r) + e2
	q = float32(q*r) + e1
	q = float32(q*r) + e0
	y := float32(float32(r*r)*q) + r + 1
	k := int32(math.Float32bits(t) - nearestBits)
	half := k >> 1 // 2^128 is no float32, so in two halves
	return float32(float32(y*power2(half)) * power2(k-half))
}

func power2(k int32) float32 { return math.Float32frombits(uint32(k+127) << 23) }

// expNegative is Exp32 for x ≤ 0 or NaN, the only arguments that a sigmoid or a
// tanh asks for; the same bits.
func expNegative(x float32) float32 {
	if x < expLow {
		return 0
	}
	t := float32(x*log2e) + nearest
	n := t - nearest
	r := x - float32(n*ln2Hi)
	r = r - float32(n*ln2Lo)
	q := float32(e4*r) + e3
	q = float32(q*r) + e2
	q = float32(q*r) + e1
	q = float32(q*r) + e0
	y := float32(float32(r*r)*q) + r + 1
	return float32(y * math.Float32frombits(math.Float32bits(t)<<23+0x3f800000))
}

// Sigmoid32 is 1/(1+e⁻ˣ).
func Sigmoid32(x float32) float32 {
	if x < 0 {
		e := expNegative(x)
		return e / (1 + e)
	}
	return 1 / (1 + expNegative(-x))
}

// tanh(x) = x + x³·(t0 + t1·x² + …) on ±0.625.
const (
	t0 = -0.3333328366279602
	t1 = 0.13331490755081177
	t2 = -0.05374349653720856
	t3 = 0.020650578662753105
	t4 = -0.005717036779969931
)

// Tanh32 is (1−e⁻²ˣ)/(1+e⁻²ˣ), an odd polynomial near 0; of −0 it is +0.
func Tanh32(x float32) float32 {
	a := abs(x)
	if a < 0.625 {
		z := float32(x * x)
		p := float32(t4*z) + t3
		p = float32(p*z) + t2
		p = float32(p*z) + t1
		p = float32(p*z) + t0
		return float32(float32(x*z)*p) + x
	}
	e := expNegative(-2 * a)
	y := (1 - e) / (1 + e)
	if x < 0 {
		return -y
	}
	return y
}

// log(1+f) = f − f²/2 + f³·(l0 + l1·f + …) on [√½−1, √2−1].
const (
	l0 = 0.3333333134651184
	l1 = -0.250008225440979
	l2 = 0.20001226663589478
	l3 = -0.16623356938362122
	l4 = 0.14201761782169342
	l5 = -0.131601944565773
	l6 = 0.12761549651622772
	l7 = -0.07634429633617401
)

// Log32 is the natural logarithm: −Inf for 0 and denormals, NaN below 0.
func Log32(x float32) float32 {
	b := math.Float32bits(x)
	switch {
	case x < 0 || x != x:
		return float32(math.NaN())
	case b < 0x00800000 || b == 0x80000000:
		return float32(math.Inf(-1))
	case b == 0x7f800000:
		return x
	}
	// x = 2ᵏ·m with m in [√½, √2).
	k := int32(b-0x3f3504f3) >> 23
	m := math.Float32frombits(b - uint32(k)<<23)
	f := m - 1
	p := float32(l7*f) + l6
	p = float32(p*f) + l5
	p = float32(p*f) + l4
	p = float32(p*f) + l3
	p = float32(p*f) + l2
	p = float32(p*f) + l1
	p = float32(p*f) + l0
	z := float32(f * f)
	n := float32(k)
	y := float32(float32(f*z)*p) + float32(n*ln2Lo)
	y = y - float32(0.5*z)
	return y + f + float32(n*ln2Hi)
}

// Log1p32 is log(1+x) for x ≥ 0, exact near 0 (Kahan's correction of the rounding of 1+x).
func Log1p32(x float32) float32 {
	u := 1 + x
	if u == 1 || u != u || u > math.MaxFloat32 {
		return x
	}
	return float32(Log32(u) * (x / (u - 1)))
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// tiny is the bound below which gradients are stored as 0.
const tiny = 0x1p-100

// flush is +0 for |x| < 2⁻¹⁰⁰, else x; NaN stays.
func flush(x float32) float32 {
	if abs(x) < tiny {
		return 0
	}
	return x
}

// finite32 says that x is neither NaN nor infinite.
func finite32(x float32) bool { return math.Float32bits(x)&0x7f800000 != 0x7f800000 }
