// Products of int8 matrices, exact in int32, and the codes around them
// (tensor.Int8Matrix, tensor.Int8Row).
#include "vec.h"

struct row { // tensor.Int8Row
	float scale;
	int zero, sum;
};

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

// The same of up to four bytes, as int32.
INLINE i4 load_four(const signed char *p, int n) {
	return (i4)wasm_i32x4_extend_low_i16x8(load_bytes(p, least(n, 4)));
}

// The sums of the lanes of each of four.
INLINE i4 sums(i4 a, i4 b, i4 c, i4 d) {
	f4 w = (f4)a, x = (f4)b, y = (f4)c, z = (f4)d;
	TRANSPOSE(w, x, y, z);
	return (i4)w + (i4)x + (i4)y + (i4)z;
}

// dots is mr rows of a times four of b; of these cols are real, the others repeat the first.
INLINE void dots(const int mr, int cols, int depth, const signed char *a, const signed char *b, i4 *out) {
	i4 t[2][4];
	const signed char *w[4];
	UNROLL for (int i = 0; i < mr; i++)
		UNROLL for (int q = 0; q < 4; q++) t[i][q] = (i4)splat(0);
	UNROLL for (int q = 0; q < 4; q++) w[q] = b + (q < cols ? q : 0) * depth;
#define STEP(n)                                                                            \
	do {                                                                                   \
		v128_t x[2];                                                                       \
		UNROLL for (int i = 0; i < mr; i++) x[i] = load_bytes(a + i * depth + p, n);       \
		UNROLL for (int q = 0; q < 4; q++) {                                               \
			v128_t y = load_bytes(w[q] + p, n);                                            \
			UNROLL for (int i = 0; i < mr; i++) t[i][q] += (i4)wasm_i32x4_dot_i16x8(x[i], y); \
		}                                                                                  \
	} while (0)
	int p = 0;
	_Pragma("clang loop unroll(disable)") for (; p + 8 <= depth; p += 8) STEP(8);
	if (p < depth) STEP(depth - p);
#undef STEP
	UNROLL for (int i = 0; i < mr; i++) out[i] = sums(t[i][0], t[i][1], t[i][2], t[i][3]);
}

// gemm_i8: c [m, n] = a [m, k] · b [n, k]ᵀ
void KERNEL(gemm_i8)(int m, int n, int k, const signed char *a, const signed char *b, int *c) {
	for (int j = 0; j < n; j += 4) {
		for (int i = 0; i < m; i += 2) {
			i4 t[2];
			if (i + 1 < m)
				dots(2, n - j, k, a + i * k, b + j * k, t);
			else
				dots(1, n - j, k, a + i * k, b + j * k, t);
			store_some((float *)(c + i * n + j), (f4)t[0], n - j);
			if (i + 1 < m) store_some((float *)(c + (i + 1) * n + j), (f4)t[1], n - j);
		}
	}
}

// gemm_add_i8: y [m, n] += x [m, k] · Wᵀ, both in codes, x row i read as by[i] says:
//
//	acc = Σ x·w − zero[j]·by[i].sum − by[i].zero·sum[j]
//	y[i,j] += float(acc) * (by[i].scale * scale[j])
void KERNEL(gemm_add_i8)(int m, int n, int k, const signed char *x, const struct row *by, const signed char *w,
                         const signed char *zero, const float *scale, const int *sum, float *y) {
#define ADD(t, i)                                                                              \
	do {                                                                                       \
		i4 acc = t - (z * by[i].sum + by[i].zero * q);                                         \
		float *out = y + (i) * n + j;                                                          \
		f4 add = (f4)wasm_f32x4_convert_i32x4((v128_t)acc) * (by[i].scale * s);                \
		store_some(out, load_some(out, n - j) + add, n - j);                                   \
	} while (0)
	for (int j = 0; j < n; j += 4) {
		i4 z = load_four(zero + j, n - j), q = (i4)load_some((const float *)(sum + j), n - j);
		f4 s = load_some(scale + j, n - j);
		for (int i = 0; i < m; i += 2) {
			i4 t[2];
			if (i + 1 < m)
				dots(2, n - j, k, x + i * k, w + j * k, t);
			else
				dots(1, n - j, k, x + i * k, w + j * k, t);
			ADD(t[0], i);
			if (i + 1 < m) ADD(t[1], i + 1);
		}
	}
#undef ADD
}

// round_i8 is the symmetric code of x [m, n] at the scale 1/127, NaN as 0:
//
//	codes[i,j] = clamp(round to even(x[i,j]·127), ±127);  by[i] = {1/127, 0, Σ codes[i,:]}
void KERNEL(round_i8)(int m, int n, const float *x, signed char *codes, struct row *by) {
	for (int r = 0; r < m; r++, x += n, codes += n) {
		i4 sum = (i4)splat(0);
		LANES(n, f4 v = (f4)wasm_f32x4_nearest((v128_t)(load_some(x + i, k) * 127));
			v = where(v > 127, splat(127), v);
			v = where(v < -127, splat(-127), v);
			v128_t q = wasm_i32x4_trunc_sat_f32x4((v128_t)v); // NaN becomes 0
			sum += (i4)q;
			q = wasm_i16x8_narrow_i32x4(q, q);
			q = wasm_i8x16_narrow_i16x8(q, q);
			if (k == 4) wasm_v128_store32_lane(codes + i, q, 0);
			else {
				wasm_v128_store8_lane(codes + i, q, 0);
				if (k > 1) wasm_v128_store8_lane(codes + i + 1, q, 1);
				if (k > 2) wasm_v128_store8_lane(codes + i + 2, q, 2);
			});
		by[r].scale = 1.0f / 127;
		by[r].zero = 0;
		by[r].sum = sum[0] + sum[1] + sum[2] + sum[3];
	}
}

// gather_i8: out[i, :] = codes[rows[i], :] with by[i] = {scale[rows[i]], zero[rows[i]], Σ out[i, :]}
void KERNEL(gather_i8)(int n, const int *rows, int count, const signed char *codes, const signed char *zero,
                       const float *scale, signed char *out, struct row *by) {
	for (int r = 0; r < count; r++, out += n) {
		const signed char *from = codes + rows[r] * n;
		int sum = 0, j = 0;
		i4 part = (i4)splat(0);
		for (; j + 16 <= n; j += 16) {
			v128_t x = wasm_v128_load(from + j);
			wasm_v128_store(out + j, x);
			part += (i4)wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extadd_pairwise_i8x16(x));
		}
		_Pragma("clang loop vectorize(disable)") for (; j < n; j++) sum += out[j] = from[j];
		by[r].scale = scale[rows[r]];
		by[r].zero = zero[rows[r]];
		by[r].sum = sum + part[0] + part[1] + part[2] + part[3];
	}
}
