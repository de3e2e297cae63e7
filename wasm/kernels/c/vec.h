// Four lanes of float32 or int32, and what all kernels share. Strict arithmetic
// (engine/tensor/device.go) is what the plain operators do: the build forbids
// fusing (-ffp-contract=off) and nothing here reorders.
//
// The same C makes a second module, for Fast arithmetic, with -mrelaxed-simd: there
// madd rounds once, in the processor's own instruction where it has one. That module
// has only the kernels to which this makes a difference, those named with BOTH. (The
// dot product of relaxed SIMD takes int8 by 7 bits without a sign, which neither our
// weights nor our activations are; cut in two it costs more than it saves.)
//
// Rules of this folder: no static data, no shadow stack (so no local array that
// needs an address), no libc. The module then owns no memory at all and lives in
// that of the Go program; scratch comes from the caller. The linker enforces it
// with a stack of no bytes, and the Go test looks for data segments.
//
// Sizes are in elements. Pointers need no alignment beyond their element's.
#pragma once
#include <wasm_simd128.h>

typedef float f4 __attribute__((vector_size(16)));
typedef int i4 __attribute__((vector_size(16)));
typedef unsigned u4 __attribute__((vector_size(16)));

#define INLINE static inline __attribute__((always_inline))
// KERNEL is a function that Go calls, by its own name.
#define KERNEL(name) __attribute__((export_name(#name))) name
// BOTH is a kernel that the module of Fast arithmetic has too.
#define BOTH(name) __attribute__((export_name(#name))) name
#ifdef __wasm_relaxed_simd__
#undef KERNEL
#define KERNEL(name) name // not exported, so not linked
#endif
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE f4 load(const float *p) { return (f4)wasm_v128_load(p); }
INLINE void store(float *p, f4 x) { wasm_v128_store(p, (v128_t)x); }
INLINE f4 splat(float x) { return (f4)wasm_f32x4_splat(x); }
INLINE f4 load_splat(const float *p) { return (f4)wasm_v128_load32_splat(p); }

// madd is a·b + c.
#ifdef __wasm_relaxed_simd__
INLINE f4 madd(f4 a, f4 b, f4 c) { return (f4)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c); }
#else
INLINE f4 madd(f4 a, f4 b, f4 c) { return a * b + c; }
#endif

// The first n of four lanes, 0 in the others; all of them from n = 4 on.
INLINE f4 load_some(const float *p, int n) {
	if (n >= 4) return load(p);
	v128_t x = wasm_f32x4_splat(0);
	if (n > 0) x = wasm_v128_load32_lane(p, x, 0);
	if (n > 1) x = wasm_v128_load32_lane(p + 1, x, 1);
	if (n > 2) x = wasm_v128_load32_lane(p + 2, x, 2);
	return (f4)x;
}

INLINE void store_some(float *p, f4 x, int n) {
	if (n >= 4) {
		store(p, x);
		return;
	}
	if (n > 0) wasm_v128_store32_lane(p, (v128_t)x, 0);
	if (n > 1) wasm_v128_store32_lane(p + 1, (v128_t)x, 1);
	if (n > 2) wasm_v128_store32_lane(p + 2, (v128_t)x, 2);
}

// LANES does its body for i = 0, 4, 8, … below n; of the lanes at i, k are real.
#define LANES(n, ...)                             \
	do {                                          \
		int i = 0;                                \
		for (; i + 4 <= (n); i += 4) {            \
			const int k = 4;                      \
			__VA_ARGS__                           \
		}                                         \
		if (i < (n)) {                            \
			const int k = (n) - i;                \
			__VA_ARGS__                           \
		}                                         \
	} while (0)

// where m ? a : b, by lane; m is all ones or all zeros.
#ifdef __wasm_relaxed_simd__
INLINE f4 where(i4 m, f4 a, f4 b) { return (f4)wasm_i32x4_relaxed_laneselect((v128_t)a, (v128_t)b, (v128_t)m); }
#else
INLINE f4 where(i4 m, f4 a, f4 b) { return (f4)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)m); }
#endif
// zero_where is +0 in the lanes of m, else x. (An and would do, but clang makes a
// bitselect of it, which is three instructions on x86; this is one.)
INLINE f4 zero_where(i4 m, f4 x) { return (f4)wasm_u16x8_sub_sat((v128_t)x, (v128_t)m); }

// constant is splat(x), which clang must not know: V8 makes a constant that it knows anew in
// each turn of a loop, of three instructions, where one kept is one at most.
INLINE f4 constant(float x) {
	__asm__("" : "+r"(x));
	return splat(x);
}
INLINE i4 sign(void) { return (i4)constant(-0.0f); } // the sign bit of each lane
INLINE f4 fabs4(f4 x) { return (f4)((i4)x & ~sign()); }
INLINE f4 minus_abs(f4 x) { return (f4)((i4)x | sign()); }
INLINE f4 sqrt4(f4 x) { return (f4)wasm_f32x4_sqrt((v128_t)x); }

// flush is +0 for |x| < 2⁻¹⁰⁰, else x; NaN stays. It keeps denormals out.
INLINE f4 flush(f4 x) { return zero_where(fabs4(x) < splat(0x1p-100f), x); }

// interleave gives the low or the high halves of a and b in turns: a0 b0 a1 b1.
INLINE f4 low(f4 a, f4 b) { return (f4)wasm_i32x4_shuffle((v128_t)a, (v128_t)b, 0, 4, 1, 5); }
INLINE f4 high(f4 a, f4 b) { return (f4)wasm_i32x4_shuffle((v128_t)a, (v128_t)b, 2, 6, 3, 7); }
INLINE f4 low2(f4 a, f4 b) { return (f4)wasm_i64x2_shuffle((v128_t)a, (v128_t)b, 0, 2); }
INLINE f4 high2(f4 a, f4 b) { return (f4)wasm_i64x2_shuffle((v128_t)a, (v128_t)b, 1, 3); }

// transpose turns four rows into four columns.
#define TRANSPOSE(a, b, c, d)                                              \
	do {                                                                   \
		f4 ab = low(a, b), AB = high(a, b), cd = low(c, d), CD = high(c, d); \
		a = low2(ab, cd);                                                  \
		b = high2(ab, cd);                                                 \
		c = low2(AB, CD);                                                  \
		d = high2(AB, CD);                                                 \
	} while (0)

INLINE int least(int a, int b) { return b < a ? b : a; }
