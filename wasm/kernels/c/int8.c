// Products of int8 matrices, exact in int32, and the codes around them
// (tensor.Int8Matrix, tensor.Int8Row).
#include "int8.h"

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

// pack_i8 lays out w [n, k] as panels of 32 rows, what is left of them as panels of 8 filled up
// with zeros: for each pair of k the two of each row, in one panel's own order of memory.
//
//	out[panel][p/2][row][p%2] = w[row,p] − zero[row]
//
// As int16, which holds such differences, and which a product takes without more ado; k goes
// up to fours. A row of w begins ld after the one before.
void KERNEL(pack_i8)(int n, int k, const signed char *w, int ld, const signed char *zero, short *out) {
	for (int j = 0, high; j < n; j += high) {
		high = j + 32 <= n ? 32 : 8;
		for (int p = 0; p < ((k + 3) & ~3); p += 2)
			for (int q = 0; q < high; q++)
				for (int h = 0; h < 2; h++) *out++ = j + q < n && p + h < k ? w[(j + q) * ld + p + h] - zero[j + q] : 0;
	}
}

// lay writes x [m, k] less its zero points as int16, group after group [m, of it], filled up
// with zeros to fours.
INLINE void lay(const int rounds, int m, int k, int group, const void *x, float reach, struct row *by, short *x16) {
	const int size = rounds ? 4 : 1;
	const char *from = x;
	for (int i = 0; i < m; i++) {
		f4 f = splat(rounds ? scaled(k, (const float *)from, reach, by + i) : 0);
		const struct row *o = rounds ? by + i : by + i * ((k + group - 1) / group);
		short *out = x16;
		for (int g = 0; g < k; g += group) {
			int some = least(group, k - g), wide = (some + 3) & ~3, p = 0;
			short *to = out + i * wide;
			for (; p + 8 <= some; p += 8) wasm_v128_store(to + p, eight(rounds, from + p * size, 8, f, o));
			if (p < some) {
				v128_t rest = eight(rounds, from + p * size, some - p, f, o);
				if (wide - p > 4) wasm_v128_store(to + p, rest);
				else wasm_v128_store64_lane(to + p, rest, 0);
			}
			out += m * wide;
			from += some * size;
			o += !rounds;
		}
	}
}

// pairs is mr rows of x [·, wide] in int16 times 8·np rows of a panel that has so many: a lane
// for each sum, so nothing is left to add up at the end.
INLINE void pairs(const int mr, const int np, const int high, int wide, const short *x, const short *panel, i4 t[4][8]) {
	UNROLL for (int i = 0; i < mr; i++)
		UNROLL for (int q = 0; q < 2 * np; q++) t[i][q] = (i4)splat(0);
	const int steps = mr == 1 ? 4 : 2; // more would not fit the registers
	_Pragma("clang loop unroll(disable)") for (int p = 0; p < wide; p += steps, panel += steps * high) {
		UNROLL for (int s = 0; s < steps; s += 2) {
			v128_t w[8];
			UNROLL for (int q = 0; q < 2 * np; q++) w[q] = wasm_v128_load(panel + s * high + 8 * q);
			UNROLL for (int i = 0; i < mr; i++) {
				v128_t f = wasm_v128_load32_splat(x + i * wide + p + s);
				UNROLL for (int q = 0; q < 2 * np; q++) t[i][q] += (i4)wasm_i32x4_dot_i16x8(f, w[q]);
			}
		}
	}
}

// add_i8 is gemm_add_i8 of one group; row i's scale is by[i·apart]'s.
INLINE void add_i8(int m, int n, int wide, const short *x16, const struct row *by, int apart, const short *panels,
                   const float *scale, float *y) {
#define ADD(mr, np, high, some)                                                               \
	do {                                                                                      \
		i4 t[4][8];                                                                           \
		pairs(mr, np, high, wide, x16 + i * wide, panels + j / high * high * wide + j % high * 2, t); \
		UNROLL for (int q = 0; q < 2 * np; q++) {                                             \
			int at = j + 4 * q, left = some - at;                                             \
			f4 s = load_some(scale + at, left);                                               \
			UNROLL for (int r = 0; r < mr; r++) {                                             \
				float *out = y + (i + r) * n + at;                                            \
				f4 z = (f4)wasm_f32x4_convert_i32x4((v128_t)t[r][q]);                         \
				store_some(out, load_some(out, left) + z * (splat(by[(i + r) * apart].scale) * s), left); \
			}                                                                                 \
		}                                                                                     \
	} while (0)
	int fours = m & ~3, full = n & ~31;
	for (int j = 0; j < full; j += 8)
		for (int i = 0; i < fours; i += 4) ADD(4, 1, 32, j + 8);
	for (int j = full; j < n; j += 8)
		for (int i = 0; i < fours; i += 4) ADD(4, 1, 8, n);
	for (int i = fours; i < m; i++) {
		for (int j = 0; j < full; j += 32) ADD(1, 4, 32, j + 32);
		for (int j = full; j < n; j += 8) ADD(1, 1, 8, n);
	}
#undef ADD
}

INLINE void add(const int rounds, int m, int n, int k, int group, const void *x, float reach, struct row *by, const short *panels,
                const float *scale, short *x16, float *y) {
	int groups = (k + group - 1) / group;
	lay(rounds, m, k, group, x, reach, by, x16);
	for (int g = 0; g < groups; g++) {
		int wide = (least(group, k - g * group) + 3) & ~3;
		add_i8(m, n, wide, x16, rounds ? by : by + g, rounds ? 1 : groups, panels, scale + g * n, y);
		x16 += m * wide;
		panels += ((n + 7) & ~7) * wide;
	}
}

// gemm_add_i8: y [m, n] += x [m, k] · Wᵀ, both in codes, W in groups of so many of k, each
// as pack_i8 left it; zero and scale [groups, n], by [m, groups]. x16 [m, k, each group
// rounded up to fours] is scratch. For one group after the other:
//
//	acc = Σ (x − by[i].zero)·(w − zero[j])
//	y[i,j] += float(acc) * (by[i].scale * scale[j])
void KERNEL(gemm_add_i8)(int m, int n, int k, int group, const signed char *x, struct row *by, const short *panels,
                         const float *scale, short *x16, float *y) {
	add(0, m, n, k, group, x, 0, by, panels, scale, x16, y);
}

// gemm_round_i8 is gemm_add_i8 of x in float32, first rounded within ±reach, or where that
// is 0 each row within its greatest. rows [m] is scratch as well.
void KERNEL(gemm_round_i8)(int m, int n, int k, int group, const float *x, float reach, struct row *rows, const short *panels,
                           const float *scale, short *x16, float *y) {
	add(1, m, n, k, group, x, reach, rows, panels, scale, x16, y);
}

// round_rows_i8 writes the codes of x [m, n] within ±reach, or where that is 0 each row's
// within its greatest, and how they are read:
//
//	codes[i,j] = clamp(round to even(x[i,j]·(1/reach)·127), ±127), NaN as 0
void KERNEL(round_rows_i8)(int m, int n, const float *x, float reach, signed char *codes, struct row *by) {
	for (int r = 0; r < m; r++, x += n, codes += n) {
		f4 f = splat(scaled(n, x, reach, by + r));
		i4 sum = (i4)splat(0);
		for (int i = 0; i < n; i += 8) {
			v128_t q = eight(1, x + i, n - i, f, 0);
			sum += (i4)wasm_i32x4_extadd_pairwise_i16x8(q);
			q = wasm_i8x16_narrow_i16x8(q, q);
			if (n - i >= 8) wasm_v128_store64_lane(codes + i, q, 0);
			else
				_Pragma("clang loop vectorize(disable) unroll(disable)") for (int j = i; j < n; j++, q = wasm_u64x2_shr(q, 8)) codes[j] = wasm_i8x16_extract_lane(q, 0);
		}
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

// gather_bits makes bytes of rows of codes of 1, 2 or 4 bits, packed as tensor.Bits says,
// and adds each up into by. out has room for 16 more; total is the length of packed.
void KERNEL(gather_bits)(int n, const int *rows, int count, int bits, const unsigned char *packed, int total, signed char *out, struct row *by) {
	const int full = 128 / bits, stride = (n * bits + 7) / 8;
	// 1 bit: 2b − 1; 2 bits, whose sign is the higher: (b ^ 2) − 2; 4 bits: b − 8.
	const v128_t mask = wasm_i8x16_splat((1 << bits) - 1), flip = wasm_i8x16_splat(bits == 2 ? 2 : 0);
	const v128_t low = wasm_i8x16_splat(bits == 1 ? 1 : bits == 2 ? 2 : 8), twice = wasm_i8x16_splat(bits == 1 ? -1 : 0);
	for (int r = 0; r < count; r++, out += n) {
		int at = rows[r] * stride;
		for (int c = 0; c < n; c += full) {
			int size = (least(full, n - c) * bits + 7) / 8;
			if (at + 16 <= total) { // each store runs over what the next one writes
				v128_t v = wasm_v128_load(packed + at);
				for (int s = 0; s < 8 / bits && c + s * size < n; s++) {
					v128_t q = wasm_v128_and(v, mask);
					q = wasm_i8x16_add(q, wasm_v128_and(q, twice));
					wasm_v128_store(out + c + s * size, wasm_i8x16_sub(wasm_v128_xor(q, flip), low));
					v = wasm_u8x16_shr(v, bits);
				}
			} else
				_Pragma("clang loop vectorize(disable) unroll(disable)") for (int i = 0; i < least(full, n - c); i++) {
					int b = packed[at + i % size] >> bits * (i / size) & ((1 << bits) - 1);
					out[c + i] = bits == 1 ? 2 * b - 1 : bits == 2 ? (b ^ 2) - 2 : b - 8;
				}
			at += size;
		}
		int sum = 0, j = 0;
		i4 part = (i4)splat(0);
		for (; j + 16 <= n; j += 16)
			part += (i4)wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extadd_pairwise_i8x16(wasm_v128_load(out + j)));
		_Pragma("clang loop vectorize(disable)") for (; j < n; j++) sum += out[j];
		by[r].sum = sum + part[0] + part[1] + part[2] + part[3];
	}
}
