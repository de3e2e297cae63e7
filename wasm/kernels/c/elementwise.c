// Loops over one or two vectors, and over rows of a matrix that a list names.
// Each kernel's comment is the loop it stands for.
#include "vec.h"

// x[i] = 0
void KERNEL(zero_f32)(int n, float *x) { LANES(n, store_some(x + i, splat(0), k);); }

// y[i] += x[i]
void KERNEL(add_f32)(int n, const float *x, float *y) {
	LANES(n, store_some(y + i, load_some(y + i, k) + load_some(x + i, k), k););
}

// y[i] *= x[i]
void KERNEL(mul_f32)(int n, const float *x, float *y) {
	LANES(n, store_some(y + i, load_some(y + i, k) * load_some(x + i, k), k););
}

// x[i] *= by
void KERNEL(scale_f32)(int n, float by, float *x) {
	LANES(n, store_some(x + i, load_some(x + i, k) * by, k););
}

// x[i] = keep[i] == 0 ? +0 : x[i]
void KERNEL(mask_f32)(int n, const float *keep, float *x) {
	LANES(n, store_some(x + i, zero_where(load_some(keep + i, k) == 0, load_some(x + i, k)), k););
}

// x[r, :] *= factors[rows[r], :]
void KERNEL(mul_rows_f32)(int n, const int *rows, int count, const float *factors, float *x) {
	for (int r = 0; r < count; r++, x += n) {
		const float *f = factors + rows[r] * n;
		LANES(n, store_some(x + i, load_some(x + i, k) * load_some(f + i, k), k););
	}
}

// out[r, :] = x[rows[r], :]
void KERNEL(gather_f32)(int n, const int *rows, int count, const float *x, float *out) {
	for (int r = 0; r < count; r++, out += n) {
		const float *from = x + rows[r] * n;
		LANES(n, store_some(out + i, load_some(from + i, k), k););
	}
}

// out[r, :] = weight[ids[r], :], +0 for what is smaller than 2⁻¹⁰⁰
void KERNEL(embedding_gather_f32)(int n, const int *ids, int count, const float *weight, float *out) {
	for (int r = 0; r < count; r++, out += n) {
		const float *from = weight + ids[r] * n;
		LANES(n, store_some(out + i, flush(load_some(from + i, k)), k););
	}
}

// sum[rows[r], :] += x[r, :], r ascending; a row below 0 is skipped
void KERNEL(scatter_add_f32)(int n, const int *rows, int count, const float *x, float *sum) {
	for (int r = 0; r < count; r++, x += n) {
		if (rows[r] < 0) continue;
		float *to = sum + rows[r] * n;
		LANES(n, store_some(to + i, load_some(to + i, k) + load_some(x + i, k), k););
	}
}

// x[r, :] += bias
void KERNEL(add_bias_f32)(int rows, int n, const float *bias, float *x) {
	for (int r = 0; r < rows; r++, x += n)
		LANES(n, store_some(x + i, load_some(x + i, k) + load_some(bias + i, k), k););
}

// q = nearest(x[r,j]·(1/scale[r])) + zero[r];  pass[r,j] = lo ≤ q ≤ hi
// out[r,j] = (q within lo and hi − zero[r])·scale[r]; NaN stays
void KERNEL(fake_quantize_f32)(int rows, int n, float lo, float hi, const float *scale, const float *zero,
                               const float *x, float *out, float *pass) {
	for (int r = 0; r < rows; r++, x += n, out += n, pass += n) {
		float inverse = 1 / scale[r];
		LANES(n, f4 q = (f4)wasm_f32x4_nearest((v128_t)(load_some(x + i, k) * inverse)) + zero[r];
			store_some(pass + i, (f4)((q >= lo) & (q <= hi) & (i4)splat(1)), k);
			q = where(q < lo, splat(lo), q);
			q = where(q > hi, splat(hi), q);
			store_some(out + i, (q - zero[r]) * scale[r], k););
	}
}

// out[j] = x[0,j] + x[1,j] + …, in this order from +0
void KERNEL(sum_rows_f32)(int rows, int n, const float *x, float *out) {
	int j = 0;
	for (; j + 16 <= n; j += 16) { // a cache line wide
		f4 a = splat(0), b = a, c = a, d = a;
		const float *row = x + j;
		for (int r = 0; r < rows; r++, row += n)
			a += load(row), b += load(row + 4), c += load(row + 8), d += load(row + 12);
		store(out + j, a), store(out + j + 4, b), store(out + j + 8, c), store(out + j + 12, d);
	}
	for (; j < n; j += 4) {
		f4 a = splat(0);
		for (int r = 0; r < rows; r++) a += load_some(x + r * n + j, n - j);
		store_some(out + j, a, n - j);
	}
}

// lane[i mod 16] += x[i]², then the lanes pairwise: lane[j] += lane[j+8], 4, 2, 1
float KERNEL(sum_squares_f32)(int n, const float *x) {
	f4 a = splat(0), b = a, c = a, d = a;
	for (; n >= 16; n -= 16, x += 16) {
		f4 p = load(x), q = load(x + 4), r = load(x + 8), s = load(x + 12);
		a += p * p, b += q * q, c += r * r, d += s * s;
	}
	f4 p = load_some(x, n), q = load_some(x + 4, n - 4), r = load_some(x + 8, n - 8), s = load_some(x + 12, n - 12);
	a += p * p, b += q * q, c += r * r, d += s * s; // 0 adds nothing to a sum of squares
	a += c, b += d;
	a += b;
	return (a[0] + a[2]) + (a[1] + a[3]);
}

// whether x holds neither NaN nor an infinity
int KERNEL(finite_f32)(int n, const float *x) {
	i4 bad = (i4)splat(0);
	LANES(n, bad |= ((i4)load_some(x + i, k) & 0x7f800000) == 0x7f800000;);
	return !wasm_v128_any_true((v128_t)bad);
}
