// Cross-entropy losses and their gradients.
#include "math.h"

// losses[i]  = max(z, 0) − z·y + log1p(exp(−|z|))
// dlogits[i] = (sigmoid(z) − y)·scale
void KERNEL(bce_f32)(int B, float scale, const float *z, const float *y, float *losses, float *dlogits) {
	LANES(B, f4 x = load_some(z + i, k); f4 Y = load_some(y + i, k);
		f4 positive = zero_where(x < 0, x);
		store_some(losses + i, positive - x * Y + log1p4(exp4(minus_abs(x))), k);
		store_some(dlogits + i, (sigmoid4(x) - Y) * scale, k););
}

// of logits [B, K] and soft targets y [B, K], sums over k ascending:
// losses[i]    = Σ y[k]·(log Σ exp(z − max z) − (z[k] − max z))
// dlogits[i,k] = (softmax(z)[k]·Σ y − y[k])·scale
void KERNEL(softmax_f32)(int B, int K, float scale, const float *z, const float *y, float *losses, float *dlogits) {
	for (int r = 0; r < B; r++, z += K, y += K, dlogits += K) {
		float most = z[0], sum = 0, whole = 0, loss = 0;
		for (int j = 0; j < K; j++) most = most < z[j] ? z[j] : most;
		LANES(K, store_some(dlogits + i, exp4(load_some(z + i, k) - most), k););
		for (int j = 0; j < K; j++) sum += dlogits[j], whole += y[j];
		float log = log4(splat(sum))[0];
		for (int j = 0; j < K; j++) loss += y[j] * (log - (z[j] - most));
		losses[r] = loss;
		LANES(K, f4 p = load_some(dlogits + i, k) / sum * whole;
			store_some(dlogits + i, (p - load_some(y + i, k)) * scale, k););
	}
}
