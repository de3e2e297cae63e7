// What this machine can do at best, for clove bench and the benchmarks.
#include "vec.h"

#define CHAINS 14 // that do not wait for each other; with the factor they fill V8's registers

// peak_f32 does n rounds of 56 multiplications and 56 additions in registers alone, as
// a Gemm adds them, and returns something that depends on all.
float BOTH(peak_f32)(int n, float by) {
	f4 a = splat(by), x[CHAINS];
	UNROLL for (int i = 0; i < CHAINS; i++) x[i] = splat(by + (float)i);
	_Pragma("clang loop unroll_count(2)") for (; n > 0; n--)
		UNROLL for (int i = 0; i < CHAINS; i++) x[i] = madd(x[i], a, a);
	UNROLL for (int i = 1; i < CHAINS; i++) x[0] += x[i];
	return x[0][0];
}
