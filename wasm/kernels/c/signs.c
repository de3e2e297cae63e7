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
// row for each eight of k, the first four in its low bits.
void KERNEL(pack_signs)(int n, int k, const signed char *w, unsigned char *out) {
	int wide = (k + 7) & ~7;
	for (int j = 0; j < n; j += 16)
		for (int p = 0; p < wide; p += 8)
			for (int r = 0; r < 16; r++) {
				int byte = 0;
				_Pragma("clang loop vectorize(disable) unroll(disable)") for (int b = 0; b < 8; b++)
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

// look adds the sums that the indexes i choose from a table.
INLINE void look(const unsigned char *table, v128_t i, v128_t t[2]) {
	v128_t low = wasm_i8x16_swizzle(wasm_v128_load(table), i), high = wasm_i8x16_swizzle(wasm_v128_load(table + 16), i);
	t[0] = wasm_i16x8_add(t[0], wasm_i8x16_shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
	t[1] = wasm_i16x8_add(t[1], wasm_i8x16_shuffle(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
}

// chosen is 16 rows of weights times mr of x, in int32. 240 of k fill at most 60 · 512 of
// an int16, so they go over to int32 then.
INLINE void chosen(const int mr, int wide, const unsigned char *panel, const unsigned char *table, i4 out[2][4]) {
	UNROLL for (int r = 0; r < mr; r++)
		UNROLL for (int q = 0; q < 4; q++) out[r][q] = (i4)splat(0);
	const v128_t four = wasm_i8x16_splat(15);
	for (int from = 0; from < wide; from += 240) {
		int to = least(from + 240, wide);
		v128_t t[2][2];
		UNROLL for (int r = 0; r < mr; r++) t[r][0] = t[r][1] = wasm_i32x4_splat(0);
		_Pragma("clang loop unroll(disable)") for (int p = from; p < to; p += 8, panel += 16) {
			v128_t w = wasm_v128_load(panel), low = wasm_v128_and(w, four), high = wasm_u8x16_shr(w, 4);
			UNROLL for (int r = 0; r < mr; r++) {
				const unsigned char *at = table + r * 8 * wide + p * 8;
				look(at, low, t[r]);
				look(at + 32, high, t[r]);
			}
		}
		UNROLL for (int r = 0; r < mr; r++)
			UNROLL for (int q = 0; q < 2; q++) {
				out[r][2 * q] += (i4)wasm_i32x4_extend_low_i16x8(t[r][q]);
				out[r][2 * q + 1] += (i4)wasm_i32x4_extend_high_i16x8(t[r][q]);
			}
	}
}

// gemm_add_signs is gemm_add_i8 with W as pack_signs left it; x16 [k rounded up to
// eights] and table [2, 8 of that] are scratch.
void KERNEL(gemm_add_signs)(int m, int n, int k, const signed char *x, const struct row *by, const unsigned char *panels,
                            const float *scale, const int *sum, short *x16, unsigned char *table, float *y) {
	int wide = (k + 7) & ~7, panel = wide * 2;
#define ADD(mr)                                                                                   \
	do {                                                                                          \
		i4 t[2][4];                                                                               \
		chosen(mr, wide, panels + j / 16 * panel, table, t);                              \
		UNROLL for (int q = 0; q < 4; q++) {                                                      \
			int at = j + 4 * q, left = n - at;                                                    \
			if (left > 0) {                                                                       \
				i4 d = (i4)load_some((const float *)(sum + at), left);                            \
				f4 s = load_some(scale + at, left);                                               \
				UNROLL for (int r = 0; r < mr; r++) {                                             \
					const struct row o = by[i + r];                                               \
					f4 acc = (f4)wasm_f32x4_convert_i32x4((v128_t)(t[r][q] - o.zero * d)); \
					float *out = y + (i + r) * n + at;                                            \
					store_some(out, load_some(out, left) + acc * (o.scale * s), left);            \
				}                                                                                 \
			}                                                                                     \
		}                                                                                         \
	} while (0)
	for (int i = 0; i < m; i += 2) {
		int rows = least(2, m - i);
		for (int r = 0; r < rows; r++) {
			const signed char *from = x + (i + r) * k;
			int p = 0;
			for (; p + 8 <= k; p += 8) wasm_v128_store(x16 + p, wasm_i16x8_load8x8(from + p));
			_Pragma("clang loop vectorize(disable)") for (; p < wide; p++) x16[p] = p < k ? from[p] : 0;
			tables(wide, x16, table + r * 8 * wide);
		}
		for (int j = 0; j < n; j += 16) {
			if (rows == 2) ADD(2);
			else ADD(1);
		}
	}
#undef ADD
}
