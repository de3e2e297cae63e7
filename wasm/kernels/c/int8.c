// Products of int8 matrices, exact in int32, and the codes around them.
#include "vec.h"

// The first n of eight bytes, 0 in the others, as int16.
INLINE v128_t load_bytes(const signed char *p, int n) {
	if (n >= 8) return wasm_i16x8_load8x8(p);
	v128_t x = wasm_i32x4_splat(0);
	UNROLL for (int i = 0; i < 7; i++)
		if (i < n) switch (i) {
			case 0: x = wasm_v128_load8_lane(p, x, 0); break;
			case 1: x = wasm_v128_load8_lane(p + 1, x, 1); break;
			case 2: x = wasm_v128_load8_lane(p + 2, x, 2); break;
			case 3: x = wasm_v128_load8_lane(p + 3, x, 3); break;
			case 4: x = wasm_v128_load8_lane(p + 4, x, 4); break;
			case 5: x = wasm_v128_load8_lane(p + 5, x, 5); break;
			case 6: x = wasm_v128_load8_lane(p + 6, x, 6); break;
			}
	return wasm_i16x8_extend_low_i8x16(x);
}

// The sums of the lanes of each of four.
INLINE i4 sums(i4 a, i4 b, i4 c, i4 d) {
	f4 w = (f4)a, x = (f4)b, y = (f4)c, z = (f4)d;
	TRANSPOSE(w, x, y, z);
	return (i4)w + (i4)x + (i4)y + (i4)z;
}

// tile is mr rows of a by four of b; of these cols are real, the others repeat the first.
INLINE void tile(const int mr, int cols, int depth, const signed char *a, const signed char *b, int *c, int ldc) {
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
	for (; p + 8 <= depth; p += 8) STEP(8);
	if (p < depth) STEP(depth - p);
#undef STEP
	UNROLL for (int i = 0; i < mr; i++)
		store_some((float *)(c + i * ldc), (f4)sums(t[i][0], t[i][1], t[i][2], t[i][3]), cols);
}

// gemm_i8: c [m, n] = a [m, k] · b [n, k]ᵀ
void KERNEL(gemm_i8)(int m, int n, int k, const signed char *a, const signed char *b, int *c) {
	for (int j = 0; j < n; j += 4) {
		int cols = least(n - j, 4), i = 0;
		for (; i + 2 <= m; i += 2) tile(2, cols, k, a + i * k, b + j * k, c + i * n + j, n);
		if (i < m) tile(1, cols, k, a + i * k, b + j * k, c + i * n + j, n);
	}
}
