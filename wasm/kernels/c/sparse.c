// Products that touch only the weights that are kept. A batch is laid out by
// columns, so that four of its rows are four lanes, whatever weight comes next.
#include "int8.h"

// columns_f32: out [n, wide] = x [rows, n]ᵀ; wide is rows rounded up to fours,
// the columns beyond rows are 0.
void KERNEL(columns_f32)(int rows, int n, const float *x, float *out) {
	int wide = (rows + 3) & ~3;
	for (; rows > 0; rows -= 4, x += 4 * n, out += 4) {
		LANES(n, f4 a = load_some(x + i, k);
			f4 b = rows > 1 ? load_some(x + n + i, k) : splat(0);
			f4 c = rows > 2 ? load_some(x + 2 * n + i, k) : splat(0);
			f4 d = rows > 3 ? load_some(x + 3 * n + i, k) : splat(0);
			TRANSPOSE(a, b, c, d);
			float *to = out + i * wide;
			store(to, a);
			if (k > 1) store(to + wide, b);
			if (k > 2) store(to + 2 * wide, c);
			if (k > 3) store(to + 3 * wide, d););
	}
}

// rows_f32 is the way back: out [rows, n] = x [n, wide]ᵀ.
void KERNEL(rows_f32)(int rows, int n, const float *x, float *out) {
	int wide = (rows + 3) & ~3;
	for (; rows > 0; rows -= 4, x += 4, out += 4 * n) {
		LANES(n, const float *from = x + i * wide;
			f4 a = load(from);
			f4 b = k > 1 ? load(from + wide) : a;
			f4 c = k > 2 ? load(from + 2 * wide) : a;
			f4 d = k > 3 ? load(from + 3 * wide) : a;
			TRANSPOSE(a, b, c, d);
			store_some(out + i, a, k);
			if (rows > 1) store_some(out + n + i, b, k);
			if (rows > 2) store_some(out + 2 * n + i, c, k);
			if (rows > 3) store_some(out + 3 * n + i, d, k););
	}
}

// lanes is np·4 rows of the batch at one row of W, all in registers.
INLINE void lanes(const int np, int wide, const float *x, const int *col, const float *val, int kept, float *y) {
	f4 s[8];
	UNROLL for (int q = 0; q < np; q++) s[q] = load(y + 4 * q);
	for (int i = 0; i < kept; i++) {
		f4 w = load_splat(val + i);
		const float *at = x + col[i] * wide;
		UNROLL for (int q = 0; q < np; q++) s[q] = madd(load(at + 4 * q), w, s[q]);
	}
	UNROLL for (int q = 0; q < np; q++) store(y + 4 * q, s[q]);
}

// gemm_f32_csr: y += x · Wᵀ, W [N, K] as CSR, x [K, wide] and y [N, wide] by columns;
// adds along K in ascending order. One row of x and y is as it is (wide 1).
//
//	for (i = row[r]; i < row[r+1]; i++) y[r,b] += x[col[i],b] * val[i]
void BOTH(gemm_f32_csr)(int wide, int N, const float *x, const int *row, const int *col, const float *val, float *y) {
	if (wide == 1) {
		for (int r = 0; r < N; r++) {
			float s = y[r];
			int i = row[r], to = row[r + 1];
			for (; i + 4 <= to; i += 4) {
				s += x[col[i]] * val[i];
				s += x[col[i + 1]] * val[i + 1];
				s += x[col[i + 2]] * val[i + 2];
				s += x[col[i + 3]] * val[i + 3];
			}
			for (; i < to; i++) s += x[col[i]] * val[i];
			y[r] = s;
		}
		return;
	}
	for (int r = 0; r < N; r++, y += wide) {
		const int *c = col + row[r];
		const float *v = val + row[r];
		int kept = row[r + 1] - row[r], b = 0;
		for (; b + 32 <= wide; b += 32) lanes(8, wide, x + b, c, v, kept, y + b);
		for (; b + 8 <= wide; b += 8) lanes(2, wide, x + b, c, v, kept, y + b);
		if (b < wide) lanes(1, wide, x + b, c, v, kept, y + b);
	}
}

// columns_i8: out [n, wide] = x [rows, n]ᵀ as int16; wide is rows rounded up to
// eights, the columns beyond rows are 0. One row is as it is.
void KERNEL(columns_i8)(int rows, int n, const signed char *x, short *out) {
	if (rows == 1) {
		int j = 0;
		for (; j + 8 <= n; j += 8) wasm_v128_store(out + j, wasm_i16x8_load8x8(x + j));
		_Pragma("clang loop vectorize(disable)") for (; j < n; j++) out[j] = x[j];
		return;
	}
	int wide = (rows + 7) & ~7;
	for (int b = 0; b < wide; b += 8) {
		for (int j = 0; j < n; j++) {
			const signed char *from = x + b * n + j;
			v128_t v = wasm_i32x4_splat(0);
#define LANE(l) \
	if (b + l < rows) v = wasm_v128_load8_lane(from + l * n, v, l);
			LANE(0) LANE(1) LANE(2) LANE(3) LANE(4) LANE(5) LANE(6) LANE(7)
#undef LANE
			wasm_v128_store(out + j * wide + b, wasm_i16x8_extend_low_i8x16(v));
		}
	}
}

// codes is nq·8 rows of the batch, by columns, at one row of W: two of its weights at a
// time, so that a lane of the product is the sum of both.
INLINE void codes(const int nq, int wide, const short *x, const unsigned short *col, const short *w, int kept, i4 *sum) {
	i4 t[8];
	UNROLL for (int q = 0; q < 2 * nq; q++) t[q] = (i4)splat(0);
	int i = 0;
	for (; i + 2 <= kept; i += 2) {
		v128_t f = wasm_v128_load32_splat(w + i);
		const short *a = x + col[i] * wide, *b = x + col[i + 1] * wide;
		UNROLL for (int q = 0; q < nq; q++) {
			v128_t u = wasm_v128_load(a + 8 * q), v = wasm_v128_load(b + 8 * q);
			t[2 * q] += (i4)wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(u, v, 0, 8, 1, 9, 2, 10, 3, 11), f);
			t[2 * q + 1] += (i4)wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(u, v, 4, 12, 5, 13, 6, 14, 7, 15), f);
		}
	}
	if (i < kept) {
		v128_t f = wasm_i16x8_splat(w[i]);
		const short *a = x + col[i] * wide;
		UNROLL for (int q = 0; q < nq; q++) {
			v128_t u = wasm_v128_load(a + 8 * q);
			t[2 * q] += (i4)wasm_i32x4_extmul_low_i16x8(u, f);
			t[2 * q + 1] += (i4)wasm_i32x4_extmul_high_i16x8(u, f);
		}
	}
	UNROLL for (int q = 0; q < 2 * nq; q++) sum[q] = t[q];
}

// picked is the sums, still in four lanes, of one row of x with the weights [i, to) of
// W, of which there are end. Where x is narrow it comes as nt vectors of 16 codes, in
// registers, out of which 16 columns are looked up at once. Beyond to stand the weights
// of the next row, which are masked out: real is 16 times all ones, then zeros.
INLINE i4 picked(const int nt, const v128_t codes[8], v128_t sixteen, const short *real, const short *x, const unsigned short *col, const short *w, int i, int to, int end) {
	i4 t = (i4)splat(0), u = t;
	if (nt > 0)
		for (; i < to && i + 16 <= end; i += 16) {
			const short *mask = real + 16 - least(to - i, 16);
			v128_t at = wasm_u8x16_narrow_i16x8(wasm_v128_load(col + i), wasm_v128_load(col + i + 8));
			v128_t v = wasm_i8x16_swizzle(codes[0], at);
			UNROLL for (int q = 1; q < nt; q++) {
				at = wasm_i8x16_sub(at, sixteen);
				v = wasm_v128_or(v, wasm_i8x16_swizzle(codes[q], at));
			}
			t += (i4)wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(v), wasm_v128_and(wasm_v128_load(w + i), wasm_v128_load(mask)));
			u += (i4)wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(v), wasm_v128_and(wasm_v128_load(w + i + 8), wasm_v128_load(mask + 8)));
		}
	for (; i < to && i + 8 <= end; i += 8) {
		v128_t v = wasm_i16x8_splat(x[col[i]]);
		v = wasm_v128_load16_lane(x + col[i + 1], v, 1);
		v = wasm_v128_load16_lane(x + col[i + 2], v, 2);
		v = wasm_v128_load16_lane(x + col[i + 3], v, 3);
		v = wasm_v128_load16_lane(x + col[i + 4], v, 4);
		v = wasm_v128_load16_lane(x + col[i + 5], v, 5);
		v = wasm_v128_load16_lane(x + col[i + 6], v, 6);
		v = wasm_v128_load16_lane(x + col[i + 7], v, 7);
		t += (i4)wasm_i32x4_dot_i16x8(wasm_v128_and(wasm_v128_load(w + i), wasm_v128_load(real + 16 - least(to - i, 8))), v);
	}
	int rest = 0;
	_Pragma("clang loop vectorize(disable)") for (; i < to; i++) rest += x[col[i]] * w[i];
	return t + u + (i4)wasm_i32x4_replace_lane(wasm_i32x4_splat(0), 0, rest);
}

// alone is gemm_add_i8_csr of one row.
INLINE void alone(const int nt, int N, const short *x, const struct row *by, const int *row, const unsigned short *col,
                  const short *w, const float *scale, const int *sum, float *work, float *y) {
	short *real = (short *)work;
	UNROLL for (int q = 0; q < 4; q++) wasm_v128_store(real + 8 * q, wasm_i16x8_splat(q < 2 ? -1 : 0));
	int step = 16;
	__asm__("" : "+r"(real), "+r"(step)); // else clang makes the constants anew each time
	v128_t codes[8], sixteen = wasm_i8x16_splat((signed char)step);
	UNROLL for (int q = 0; q < nt; q++) codes[q] = wasm_i8x16_narrow_i16x8(wasm_v128_load(x + 16 * q), wasm_v128_load(x + 16 * q + 8));
	const int end = row[N];
	for (int r = 0; r < N; r += 4) {
		i4 t[4];
		UNROLL for (int q = 0; q < 4; q++)
			t[q] = r + q < N ? picked(nt, codes, sixteen, real, x, col, w, row[r + q], row[r + q + 1], end) : (i4)splat(0);
		i4 acc = sums(t[0], t[1], t[2], t[3]) - by->zero * (i4)load_some((const float *)(sum + r), N - r);
		f4 v = (f4)wasm_f32x4_convert_i32x4((v128_t)acc) * (by->scale * load_some(scale + r, N - r));
		store_some(y + r, load_some(y + r, N - r) + v, N - r);
	}
}

// gemm_add_i8_csr: y [rows, N] += x · Wᵀ with the kept weights as differences
// w = q − zero (tensor.Int8CSR), x [K, wide] as columns_i8 left it, with room for 128,
// read as by[b] says; work is room for 192 floats:
//
//	acc = Σ x[col[i],b]·w[i] − by[b].zero·sum[r]
//	y[b,r] += float(acc) * (by[b].scale * scale[r])
//
// Four rows of W at a time, so that what they give can be turned round and added in vectors.
void KERNEL(gemm_add_i8_csr)(int rows, int N, int K, const short *x, const struct row *by, const int *row,
                             const unsigned short *col, const short *w, const float *scale, const int *sum, float *work, float *y) {
	if (rows == 1) {
		if (K <= 64) alone(4, N, x, by, row, col, w, scale, sum, work, y);
		else if (K <= 128) alone(8, N, x, by, row, col, w, scale, sum, work, y);
		else alone(0, N, x, by, row, col, w, scale, sum, work, y);
		return;
	}
	int wide = (rows + 7) & ~7;
	float *scales = work, *out = work + 64;
	int *zeros = (int *)work + 32;
#define BLOCK(nq)                                                                                    \
	do {                                                                                             \
		int here = least(rows - b, 8 * nq);                                                          \
		_Pragma("clang loop vectorize(disable)") for (int i = 0; i < 8 * nq; i++) {                  \
			scales[i] = by[b + least(i, here - 1)].scale;                                            \
			zeros[i] = by[b + least(i, here - 1)].zero;                                              \
		}                                                                                            \
		for (int r = 0; r < N; r += 4) {                                                             \
			int left = N - r;                                                                        \
			for (int k = r; k < r + least(left, 4); k++, out += 32) {                                \
				i4 t[8];                                                                             \
				codes(nq, wide, x + b, col + row[k], w + row[k], row[k + 1] - row[k], t);            \
				UNROLL for (int q = 0; q < 2 * nq; q++) {                                            \
					i4 acc = t[q] - (i4)load((const float *)zeros + 4 * q) * sum[k];                 \
					store(out + 4 * q, (f4)wasm_f32x4_convert_i32x4((v128_t)acc) * (load(scales + 4 * q) * scale[k])); \
				}                                                                                    \
			}                                                                                        \
			out = work + 64;                                                                         \
			for (int i = 0; i < here; i += 4) {                                                      \
				f4 v[4] = {load(out + i), load(out + i + 32), load(out + i + 64), load(out + i + 96)}; \
				TRANSPOSE(v[0], v[1], v[2], v[3]);                                                   \
				float *to = y + (b + i) * N + r;                                                     \
				UNROLL for (int q = 0; q < 4; q++)                                                   \
					if (i + q < here) store_some(to + q * N, load_some(to + q * N, left) + v[q], left); \
			}                                                                                        \
		}                                                                                            \
	} while (0)
	int b = 0;
	for (; b + 24 < wide; b += 32) BLOCK(4);
	for (; b < wide; b += 8) BLOCK(1);
#undef BLOCK
}
