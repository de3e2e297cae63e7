// Products of int8 with weights of −1 and 1, by tables in place of multiplications (as
// T-MAC does: Wei et al. 2024, arXiv:2407.00088). Exact in whole numbers, the sums those of
// gemm_add_i8, which weights of −1, 0 and 1 are left to: as two signs each they would cost
// twice as much, measured at 0.7 times its speed for a batch.
//
// Four numbers of x have 16 sums ±x0 ±x1 ±x2 ±x3. They are computed once for a row of x,
// and a shuffle then looks up those of 16 rows of weights at once, each row's four signs
// being an index.
#include "int8.h"

// pack_signs lays w [n, k] out in panels of 16 rows, filled up with zeros: a byte of each
// row for each four of k, their signs in its low bits.
void KERNEL(pack_signs)(int n, int k, const signed char *w, unsigned char *out) {
	for (int j = 0; j < n; j += 16)
		for (int p = 0; p < ((k + 7) & ~7); p += 4)
			for (int r = 0; r < 16; r++) {
				int byte = 0;
				_Pragma("clang loop vectorize(disable) unroll(disable)") for (int b = 0; b < 4; b++)
					if (j + r < n && p + b < k && w[(j + r) * k + p + b] > 0) byte |= 1 << b;
				*out++ = byte;
			}
}

// tables writes for each four of x [wide] the low bytes of the 16 sums, then the high ones.
INLINE void tables(int wide, const short *x, unsigned char *out) {
	_Pragma("clang loop unroll(disable)") for (int p = 0; p < wide; p += 4, out += 32) {
		v128_t a = wasm_v128_load16_splat(x + p), b = wasm_v128_load16_splat(x + p + 1);
		v128_t c = wasm_v128_load16_splat(x + p + 2), d = wasm_v128_load16_splat(x + p + 3);
		a = wasm_i16x8_mul(a, wasm_i16x8_const(-1, 1, -1, 1, -1, 1, -1, 1));
		b = wasm_i16x8_mul(b, wasm_i16x8_const(-1, -1, 1, 1, -1, -1, 1, 1));
		c = wasm_i16x8_mul(c, wasm_i16x8_const(-1, -1, -1, -1, 1, 1, 1, 1));
		a = wasm_i16x8_add(wasm_i16x8_add(a, b), c);
		v128_t low = wasm_i16x8_sub(a, d), high = wasm_i16x8_add(a, d);
		wasm_v128_store(out, wasm_i8x16_shuffle(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
		wasm_v128_store(out + 16, wasm_i8x16_shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
	}
}

// chosen is 16·np rows of weights times mr of x, in int32. So many of k at most are summed in
// int16 before they go over.
INLINE void chosen(const int mr, const int np, const int most, int wide, const unsigned char *panel, const unsigned char *table, i4 out[2][8]) {
	UNROLL for (int r = 0; r < mr; r++)
		UNROLL for (int q = 0; q < 4 * np; q++) out[r][q] = (i4)splat(0);
	for (int from = 0; from < wide; from += most) {
		int to = least(from + most, wide);
		v128_t t[2][4];
		UNROLL for (int r = 0; r < mr; r++)
			UNROLL for (int q = 0; q < 2 * np; q++) t[r][q] = wasm_i32x4_splat(0);
		_Pragma("clang loop unroll(disable)") for (int p = from; p < to; p += 4) {
			v128_t w[2];
			UNROLL for (int q = 0; q < np; q++) w[q] = wasm_v128_load(panel + 4 * q * wide + 4 * p);
			UNROLL for (int r = 0; r < mr; r++) {
				const unsigned char *at = table + 8 * (r * wide + p);
				v128_t first = wasm_v128_load(at), second = wasm_v128_load(at + 16);
				UNROLL for (int q = 0; q < np; q++) {
					v128_t low = wasm_i8x16_swizzle(first, w[q]), high = wasm_i8x16_swizzle(second, w[q]), *sum = t[r] + 2 * q;
					sum[0] = wasm_i16x8_add(sum[0], wasm_i8x16_shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
					sum[1] = wasm_i16x8_add(sum[1], wasm_i8x16_shuffle(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
				}
			}
		}
		UNROLL for (int r = 0; r < mr; r++)
			UNROLL for (int q = 0; q < 2 * np; q++) {
				out[r][2 * q] += (i4)wasm_i32x4_extend_low_i16x8(t[r][q]);
				out[r][2 * q + 1] += (i4)wasm_i32x4_extend_high_i16x8(t[r][q]);
			}
	}
}

// signs is the product of what x holds, to be rounded or not. x16 [k rounded up to eights]
// and table [2, 8 of that] are scratch.
INLINE void signs(const int rounds, int m, int n, int k, const void *x, float reach, struct row *by, const unsigned char *panels,
                  const float *scale, short *x16, unsigned char *table, float *y) {
	const int size = rounds ? 4 : 1, most = rounds ? 240 : 120; // which reach 127 each, or less a zero point 255
	const char *from = x;
	int wide = (k + 7) & ~7;
#define ADD(mr, np, some)                                                                         \
	do {                                                                                          \
		i4 t[2][8];                                                                               \
		chosen(mr, np, most, wide, panels + j / 4 * wide, table, t);                                    \
		UNROLL for (int q = 0; q < 4 * np; q++) {                                                 \
			int at = j + 4 * q, left = some - at;                                                 \
			if (left > 0) {                                                                       \
				f4 s = load_some(scale + at, left);                                               \
				UNROLL for (int r = 0; r < mr; r++) {                                             \
					f4 acc = (f4)wasm_f32x4_convert_i32x4((v128_t)t[r][q]);                       \
					float *out = y + (i + r) * n + at;                                            \
					store_some(out, load_some(out, left) + acc * (by[i + r].scale * s), left);    \
				}                                                                                 \
			}                                                                                     \
		}                                                                                         \
	} while (0)
	for (int i = 0; i < m; i += 2) {
		int rows = least(2, m - i), j = 0;
		for (int r = 0; r < rows; r++, from += k * size) {
			float f = rounds ? scaled(k, (const float *)from, reach, by + i + r) : 0;
			for (int p = 0; p < k; p += 8) wasm_v128_store(x16 + p, eight(rounds, from + p * size, k - p, splat(f), by + i + r));
			tables(wide, x16, table + r * 8 * wide);
		}
		if (rows == 2) {
			for (; j + 16 <= n; j += 16) ADD(2, 1, j + 16);
			for (; j < n; j += 16) ADD(2, 1, n);
		} else {
			for (; j + 32 <= n; j += 32) ADD(1, 2, j + 32);
			for (; j < n; j += 16) ADD(1, 1, n);
		}
	}
#undef ADD
}

// gemm_add_signs is gemm_add_i8, and gemm_round_signs is gemm_round_i8, with W as pack_signs left it.
void KERNEL(gemm_add_signs)(int m, int n, int k, const signed char *x, struct row *by, const unsigned char *panels,
                            const float *scale, short *x16, unsigned char *table, float *y) {
	signs(0, m, n, k, x, 0, by, panels, scale, x16, table, y);
}

void KERNEL(gemm_round_signs)(int m, int n, int k, const float *x, float reach, struct row *rows, const unsigned char *panels,
                              const float *scale, short *x16, unsigned char *table, float *y) {
	signs(1, m, n, k, x, reach, rows, panels, scale, x16, table, y);
}
