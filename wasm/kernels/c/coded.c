// Products with weights that are codes of float32 (tensor.Coded), decoded in registers: the
// sums run along k as a Gemm's do. Panels are of 8 rows, for each of k their eight codes.
#include "vec.h"

enum { PLAIN, HALF, BRAIN, TABLE }; // tensor.Form

// decoded is eight weights of a panel. float16's exponent is 112 less than float32's.
INLINE void decoded(const int kind, const unsigned char *panel, const float *table, f4 w[2]) {
	if (kind == PLAIN) {
		w[0] = load((const float *)panel), w[1] = load((const float *)panel + 4);
		return;
	}
	if (kind == TABLE) {
		UNROLL for (int q = 0; q < 2; q++, panel += 4) {
			v128_t x = wasm_v128_load32_zero(table + panel[0]);
			x = wasm_v128_load32_lane(table + panel[1], x, 1);
			x = wasm_v128_load32_lane(table + panel[2], x, 2);
			w[q] = (f4)wasm_v128_load32_lane(table + panel[3], x, 3);
		}
		return;
	}
	v128_t bits = wasm_v128_load(panel);
	u4 h[2] = {(u4)wasm_u32x4_extend_low_u16x8(bits), (u4)wasm_u32x4_extend_high_u16x8(bits)};
	UNROLL for (int q = 0; q < 2; q++) {
		if (kind == BRAIN) w[q] = (f4)(h[q] << 16);
		else w[q] = (f4)((u4)((f4)(h[q] << 17 >> 4) * splat(0x1p112f)) | h[q] >> 15 << 31);
	}
}

// widen_bits decodes n numbers of half precision.
void KERNEL(widen_bits)(int n, int kind, const unsigned short *bits, float *out) {
	int i = 0;
	for (; i + 8 <= n; i += 8) {
		f4 w[2];
		if (kind == BRAIN) decoded(BRAIN, (const unsigned char *)(bits + i), 0, w);
		else decoded(HALF, (const unsigned char *)(bits + i), 0, w);
		store(out + i, w[0]);
		store(out + i + 4, w[1]);
	}
	_Pragma("clang loop vectorize(disable)") for (; i < n; i++) {
		unsigned b = bits[i], v = b << 16;
		if (kind != BRAIN) v = __builtin_bit_cast(unsigned, __builtin_bit_cast(float, b << 17 >> 4) * 0x1p112f) | b >> 15 << 31;
		out[i] = __builtin_bit_cast(float, v);
	}
}

// gemm_add_coded: y [m, n] += x [m, k] · Wᵀ. The rows of W that fill up the last panel are
// any. Where many rows of x use a panel it is decoded into plain [8 k] once.
void KERNEL(gemm_add_coded)(int m, int n, int k, const float *x, int kind, const unsigned char *panels, const float *table, float *plain, float *y) {
#define ADD(mr, np, kind, step, base)                                                                          \
	do {                                                                                                 \
		f4 t[4][4], w[4];                                                                                \
		UNROLL for (int r = 0; r < mr; r++)                                                              \
			UNROLL for (int q = 0; q < 2 * np; q++) t[r][q] = load_some(y + (i + r) * n + j + 4 * q, n - j - 4 * q); \
		const unsigned char *from = base;                                              \
		_Pragma("clang loop unroll(disable)") for (int p = 0; p < k; p++, from += 8 * step) {            \
			UNROLL for (int q = 0; q < np; q++) decoded(kind, from + q * 8 * k * step, table, w + 2 * q); \
			UNROLL for (int r = 0; r < mr; r++) {                                                        \
				f4 a = load_splat(x + (i + r) * k + p);                                                  \
				UNROLL for (int q = 0; q < 2 * np; q++) t[r][q] = t[r][q] + a * w[q];                    \
			}                                                                                            \
		}                                                                                                \
		UNROLL for (int r = 0; r < mr; r++)                                                              \
			UNROLL for (int q = 0; q < 2 * np; q++) store_some(y + (i + r) * n + j + 4 * q, t[r][q], n - j - 4 * q); \
	} while (0)
#define ALL(kind, step)                                \
	do {                                               \
		int fours = m & ~3;                            \
		for (int j = 0; fours && j < n; j += 8) {      \
			for (int p = 0; p < k; p++) {              \
				f4 w[2];                               \
				decoded(kind, panels + (j * k + 8 * p) * step, table, w); \
				store(plain + 8 * p, w[0]);            \
				store(plain + 8 * p + 4, w[1]);        \
			}                                          \
			for (int i = 0; i < fours; i += 4) ADD(4, 1, PLAIN, 4, (const unsigned char *)plain); \
		}                                              \
		for (int i = fours; i < m; i++) {              \
			int j = 0;                                 \
			for (; j + 16 <= n; j += 16) ADD(1, 2, kind, step, panels + j * k * step); \
			for (; j < n; j += 8) ADD(1, 1, kind, step, panels + j * k * step); \
		}                                              \
	} while (0)
	if (kind == PLAIN) ALL(PLAIN, 4);
	else if (kind == HALF) ALL(HALF, 2);
	else if (kind == BRAIN) ALL(BRAIN, 2);
	else ALL(TABLE, 1);
#undef ALL
#undef ADD
}
