// Random bits by Philox4x32-10 (engine/tensor/philox.go): four counters side by side.
#include "vec.h"

// The two halves of four products of 32 bits.
INLINE void multiply(u4 a, unsigned b, u4 *hi, u4 *lo) {
	v128_t f = wasm_i32x4_splat((int)b);
	v128_t x = wasm_u64x2_extmul_low_u32x4((v128_t)a, f), y = wasm_u64x2_extmul_high_u32x4((v128_t)a, f);
	*lo = (u4)wasm_i32x4_shuffle(x, y, 0, 2, 4, 6);
	*hi = (u4)wasm_i32x4_shuffle(x, y, 1, 3, 5, 7);
}

// dropout_f32: out[r, j] is 0 where the random word at (rows[r], j) as a number in
// [0, 1) is below share, else kept. Word j is the j%4th of Philox's counter
// {j/4, rows[r], step, stream} under the key of the seed.
void KERNEL(dropout_f32)(int n, const int *rows, int count, float share, float kept,
                         unsigned seed0, unsigned seed1, unsigned step, unsigned stream, float *out) {
	for (int r = 0; r < count; r++, out += n) {
		for (int j = 0; j < n; j += 16) {
			unsigned k0 = seed0, k1 = seed1, at = (unsigned)j / 4;
			u4 c0 = {at, at + 1, at + 2, at + 3};
			u4 c1 = (u4)wasm_i32x4_splat(rows[r]), c2 = (u4)wasm_i32x4_splat((int)step), c3 = (u4)wasm_i32x4_splat((int)stream);
			for (int round = 0; round < 10; round++) {
				u4 hi0, lo0, hi1, lo1;
				multiply(c0, 0xD2511F53, &hi0, &lo0);
				multiply(c2, 0xCD9E8D57, &hi1, &lo1);
				c0 = hi1 ^ c1 ^ k0;
				c1 = lo1;
				c2 = hi0 ^ c3 ^ k1;
				c3 = lo0;
				k0 += 0x9E3779B9;
				k1 += 0xBB67AE85;
			}
			f4 w[4] = {(f4)c0, (f4)c1, (f4)c2, (f4)c3};
			TRANSPOSE(w[0], w[1], w[2], w[3]);
			UNROLL for (int q = 0; q < 4; q++) {
				f4 unit = (f4)wasm_f32x4_convert_i32x4((v128_t)((u4)w[q] >> 8)) * 0x1p-24f;
				store_some(out + j + 4 * q, zero_where(unit < share, splat(kept)), n - j - 4 * q);
			}
		}
	}
}
