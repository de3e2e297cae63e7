// What the products of int8 share.
#pragma once
#include "vec.h"

struct row { // tensor.Int8Row
	float scale;
	int zero, sum;
};

// The sums of the lanes of each of four.
INLINE i4 sums(i4 a, i4 b, i4 c, i4 d) {
	f4 w = (f4)a, x = (f4)b, y = (f4)c, z = (f4)d;
	TRANSPOSE(w, x, y, z);
	return (i4)w + (i4)x + (i4)y + (i4)z;
}

// Eight bytes, or the first n of them and 0 in the others, as int16.
INLINE v128_t load_bytes(const signed char *p, int n) {
	if (n >= 8) return wasm_i16x8_load8x8(p);
	v128_t x = wasm_i32x4_splat(0);
	if (n & 4) {
		x = wasm_v128_load32_zero(p);
		if (n > 4) x = wasm_v128_load8_lane(p + 4, x, 4);
		if (n > 5) x = wasm_v128_load8_lane(p + 5, x, 5);
		if (n > 6) x = wasm_v128_load8_lane(p + 6, x, 6);
	} else {
		if (n > 0) x = wasm_v128_load8_lane(p, x, 0);
		if (n > 1) x = wasm_v128_load8_lane(p + 1, x, 1);
		if (n > 2) x = wasm_v128_load8_lane(p + 2, x, 2);
	}
	return wasm_i16x8_extend_low_i8x16(x);
}

// code4 is four numbers x·by·127 to nearest even: NaN becomes 0, what lies beyond ±127 that.
// (Added to 3·2²² they have their whole number in their low bits.)
INLINE v128_t code4(f4 x, f4 by) {
	x = x * by * constant(127);
	x = (f4)((i4)x & (x == x));
	x = (f4)wasm_f32x4_pmin(wasm_f32x4_pmax((v128_t)x, (v128_t)constant(-127)), (v128_t)constant(127));
	return (v128_t)((i4)(x + constant(12582912)) - (i4)constant(12582912));
}

// eight is eight codes of a row, or the first n and 0 in the others, as int16: those at x less
// by's zero point, or, where it is to be rounded, those of the floats there times f.
INLINE v128_t eight(const int rounds, const void *x, int n, f4 f, const struct row *by) {
	if (!rounds) {
		v128_t zero = wasm_i16x8_splat(by->zero);
		if (n < 8) zero = wasm_v128_and(zero, wasm_i16x8_lt(wasm_i16x8_const(0, 1, 2, 3, 4, 5, 6, 7), wasm_i16x8_splat(n)));
		return wasm_i16x8_sub(load_bytes(x, n), zero);
	}
	const float *from = x;
	return wasm_i16x8_narrow_i32x4(code4(load_some(from, n), f), code4(load_some(from + 4, n - 4), f));
}

// greatest is the greatest |x| of a row within the bounds that tensor.Int8 has, or 0 below them.
INLINE float greatest(int n, const float *x) {
	u4 top = (u4)splat(0);
	LANES(n, u4 b = (u4)fabs4(load_some(x + i, k)); // the bits of numbers that are not negative go up as they do
		b &= ~(u4)(b > 0x7f800000);              // NaN
		top = (u4)wasm_u32x4_max((v128_t)top, (v128_t)b););
	unsigned most = top[0];
	if (most < top[1]) most = top[1];
	if (most < top[2]) most = top[2];
	if (most < top[3]) most = top[3];
	if (most > 0x7e800000) most = 0x7e800000;
	return most < 0x0d800000 ? 0 : __builtin_bit_cast(float, most);
}

// scaled says how a row rounded within ±reach is read (0: within its greatest), and by what
// it is multiplied before.
INLINE float scaled(int n, const float *x, float reach, struct row *by) {
	float a = reach == 0 ? greatest(n, x) : reach;
	by->zero = 0;
	by->scale = a == 0 ? 1 : reach == 0 ? a / 127 : 1.0f / 127 * reach;
	return a == 0 ? 0 : 1 / a;
}
