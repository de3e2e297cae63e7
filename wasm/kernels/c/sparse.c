// Products that touch only the weights that are kept. A batch is laid out by
// columns, so that four of its rows are four lanes, whatever weight comes next.
#include "vec.h"

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
// adds along K in ascending order:
//
//	for (i = row[r]; i < row[r+1]; i++) y[r,b] += x[col[i],b] * val[i]
void BOTH(gemm_f32_csr)(int wide, int N, const float *x, const int *row, const int *col, const float *val, float *y) {
	for (int r = 0; r < N; r++, y += wide) {
		const int *c = col + row[r];
		const float *v = val + row[r];
		int kept = row[r + 1] - row[r], b = 0;
		for (; b + 32 <= wide; b += 32) lanes(8, wide, x + b, c, v, kept, y + b);
		for (; b + 8 <= wide; b += 8) lanes(2, wide, x + b, c, v, kept, y + b);
		if (b < wide) lanes(1, wide, x + b, c, v, kept, y + b);
	}
}

// gemv_f32_csr is the same for one row of x and y, as they are.
void KERNEL(gemv_f32_csr)(int N, const float *x, const int *row, const int *col, const float *val, float *y) {
	for (int r = 0; r < N; r++) {
		float s = y[r];
		for (int i = row[r]; i < row[r + 1]; i++) s += x[col[i]] * val[i];
		y[r] = s;
	}
}

struct row { // tensor.Int8Row
	float scale;
	int zero, sum;
};

// columns_i8: out [n, wide] = x [rows, n]ᵀ as int16; wide is rows rounded up to
// eights, the columns beyond rows are junk.
void KERNEL(columns_i8)(int rows, int n, const signed char *x, short *out) {
	int wide = (rows + 7) & ~7;
	for (int r = 0; r < rows; r++)
		for (int j = 0; j < n; j++) out[j * wide + r] = x[r * n + j];
}

// gemm_add_i8_csr: y [rows, N] += x · Wᵀ with the kept weights as differences
// w = q − zero (tensor.Int8CSR), x [K, wide] by columns, read as by[b] says:
//
//	acc = Σ x[col[i],b]·w[i] − by[b].zero·sum[r]
//	y[b,r] += float(acc) * (by[b].scale * scale[r])
void KERNEL(gemm_add_i8_csr)(int rows, int N, const short *x, const struct row *by, const int *row,
                             const unsigned short *col, const short *w, const float *scale, const int *sum, float *y) {
	int wide = (rows + 7) & ~7;
	for (int b = 0; b < rows; b += 8, x += 8) {
		for (int r = 0; r < N; r++) {
			i4 p = (i4)splat(0), q = p;
			for (int i = row[r]; i < row[r + 1]; i++) {
				v128_t v = wasm_v128_load(x + col[i] * wide), f = wasm_i16x8_splat(w[i]);
				p += (i4)wasm_i32x4_extmul_low_i16x8(v, f);
				q += (i4)wasm_i32x4_extmul_high_i16x8(v, f);
			}
#define ADD(l)                                                                             \
	if (b + l < rows) {                                                                    \
		int acc = (l < 4 ? p[l % 4] : q[l % 4]) - by[b + l].zero * sum[r];                 \
		y[(b + l) * N + r] += (float)acc * (by[b + l].scale * scale[r]);                   \
	}
			ADD(0) ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7)
#undef ADD
		}
	}
}

// gemv_add_i8_csr is the same for one row of x, as it is.
void KERNEL(gemv_add_i8_csr)(int N, const signed char *x, const struct row *by, const int *row,
                             const unsigned short *col, const short *w, const float *scale, const int *sum, float *y) {
	for (int r = 0; r < N; r++) {
		int acc = 0;
		_Pragma("clang loop vectorize(disable)") for (int i = row[r]; i < row[r + 1]; i++) acc += x[col[i]] * w[i];
		acc -= by->zero * sum[r];
		y[r] += (float)acc * (by->scale * scale[r]);
	}
}
