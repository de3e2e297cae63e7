// What this machine can do at best, for clove bench and the benchmarks.
#include "vec.h"

// peak_f32 does n rounds of 48 multiplications and 48 additions in registers,
// twelve chains side by side, and returns something that depends on all.
float KERNEL(peak_f32)(int n, float by, float plus) {
	f4 a = splat(by), b = splat(plus), x[12];
	UNROLL for (int i = 0; i < 12; i++) x[i] = splat(by * (float)i);
	for (; n > 0; n--) UNROLL for (int i = 0; i < 12; i++) x[i] = x[i] * a + b;
	UNROLL for (int i = 1; i < 12; i++) x[0] += x[i];
	return x[0][0];
}
