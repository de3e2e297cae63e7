// The float32 functions of engine/tensor/math.go, four at a time: the same
// operations in the same order, so the same bits. Where that code branches, both
// branches are computed here and one is taken.
#pragma once
#include "vec.h"

#define LOG2E 1.4426950408889634f
#define LN2_HI (355.0f / 512)
#define LN2_LO -2.12194440e-4f
#define NEAREST 12582912.0f // 3·2²²: added and taken away again it rounds to a whole number
#define NEAREST_BITS 0x4b400000
#define EXP_LOW -87.33f
#define EXP_HIGH 88.72283f

// The polynomial of exp, and the whole number n = t − NEAREST with x = n·ln2 + r.
INLINE f4 exp_part(f4 x, f4 *t) {
	*t = madd(x, constant(LOG2E), constant(NEAREST));
	f4 n = *t - constant(NEAREST);
	f4 r = madd(n, constant(-LN2_HI), x);
	r = madd(n, constant(-LN2_LO), r);
	f4 q = madd(constant(0.001381446490995586f), r, constant(0.008368780836462975f));
	q = madd(q, r, constant(0.04166839271783829f));
	q = madd(q, r, constant(0.1666651964187622f));
	q = madd(q, r, constant(0.4999999403953552f));
	return madd(r * r, q, r) + constant(1);
}

// Exp32: 0 below −87.33, +Inf above 88.72283.
INLINE f4 exp4(f4 x) {
	f4 t, y = exp_part(x, &t);
	i4 k = (i4)t - NEAREST_BITS;
	i4 half = k >> 1; // 2^128 is no float32, so in two halves
	y = y * (f4)((half + 127) << 23) * (f4)((k - half + 127) << 23);
	y = where(x > EXP_HIGH, constant(__builtin_inff()), y);
	y = where(x != x, x, y);
	return zero_where(x < constant(EXP_LOW), y);
}

// Exp32 for x ≤ 0 or NaN.
INLINE f4 exp_negative(f4 x) {
	f4 t, y = exp_part(x, &t);
	y = y * (f4)(((i4)t << 23) + (i4)constant(1));
	return zero_where(x < constant(EXP_LOW), y);
}

// Sigmoid32: 1/(1+e⁻ˣ), for x < 0 as eˣ/(1+eˣ).
INLINE f4 sigmoid4(f4 x) {
	f4 e = exp_negative(minus_abs(x));
	// x < 0 ? e : 1 is the greater of e, which is at most 1, and x < 0 ? 0 : 1: as
	// whole numbers, which positive floats are ordered like.
	u4 top = (u4)wasm_u32x4_max((v128_t)e, (v128_t)zero_where(x < constant(0), constant(1)));
	return (f4)top / (constant(1) + e);
}

// Tanh32: (1−e⁻²ˣ)/(1+e⁻²ˣ), an odd polynomial on ±0.625.
INLINE f4 tanh4(f4 x) {
	f4 a = minus_abs(x), z = x * x;
	f4 p = madd(constant(-0.005717036779969931f), z, constant(0.020650578662753105f));
	p = madd(p, z, constant(-0.05374349653720856f));
	p = madd(p, z, constant(0.13331490755081177f));
	p = madd(p, z, constant(-0.3333328366279602f));
	p = madd(x * z, p, x);
	f4 e = exp_negative(a + a), y = (constant(1) - e) / (constant(1) + e);
	y = (f4)((i4)y | ((i4)x & sign()));
	return where(a > constant(-0.625f), p, y);
}

// Log32: −Inf for 0 and denormals, NaN below 0.
INLINE f4 log4(f4 x) {
	i4 b = (i4)x, k = (b - 0x3f3504f3) >> 23;
	f4 f = (f4)(b - (k << 23)) - 1; // x = 2ᵏ·(1+f)
	f4 p = -0.07634429633617401f * f + 0.12761549651622772f;
	p = p * f + -0.131601944565773f;
	p = p * f + 0.14201761782169342f;
	p = p * f + -0.16623356938362122f;
	p = p * f + 0.20001226663589478f;
	p = p * f + -0.250008225440979f;
	p = p * f + 0.3333333134651184f;
	f4 z = f * f, n = (f4)wasm_f32x4_convert_i32x4((v128_t)k);
	f4 y = (f * z) * p + n * LN2_LO;
	y = y - 0.5f * z;
	y = y + f + n * LN2_HI;
	y = where(b == 0x7f800000, x, y);
	y = where(((u4)b < 0x00800000u) | (b == (int)0x80000000), splat(-__builtin_inff()), y);
	return where((x < 0) | (x != x), splat(__builtin_nanf("")), y);
}

// Log1p32 for x ≥ 0, with Kahan's correction of the rounding of 1+x.
INLINE f4 log1p4(f4 x) {
	f4 u = 1 + x, y = log4(u) * (x / (u - 1));
	return where((u == 1) | (u != u) | (u > 0x1.fffffep127f), x, y);
}
