// Workload W, as every peer in JavaScript runs it: a vocabulary of 10,000, texts of
// 128 tokens, Embedding → LSTM → Linear on the last state, binary cross-entropy,
// Adam 1e-3, float32, no dropout. torch.py says the same for PyTorch.
export const V = 10_000, T = 128, B = 32
export const SIZES = { small: { E: 64, H: 64 }, medium: { E: 100, H: 128 } }

// random is mulberry32: the same numbers for every peer, in [0, 1).
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

// texts are B rows of T tokens, and their labels. All peers learn this one batch.
export function texts() {
  const r = random(1)
  const ids = Int32Array.from({ length: B * T }, () => 1 + Math.floor(r() * (V - 1)))
  const labels = Float32Array.from({ length: B }, () => r() < 0.5 ? 0 : 1)
  return { ids, labels, one: ids.slice(0, T) }
}

// time calls f, which returns once its result is there, until `seconds` have passed,
// and five times at least; but no longer than `hard` seconds, warming up included.
export async function time(f, { warm = 3, seconds = 3, hard = 40 } = {}) {
  const began = performance.now()
  const since = t => (performance.now() - t) / 1000
  let first
  for (let i = 0; i < warm && since(began) < hard / 2; i++) {
    const t = performance.now()
    await f()
    first ??= performance.now() - t
  }
  const ms = []
  for (const t0 = performance.now(); since(t0) < seconds || ms.length < 5;) {
    const t = performance.now()
    await f()
    ms.push(performance.now() - t)
    if (since(began) > hard) break
  }
  ms.sort((a, b) => a - b)
  const middle = ms.length >> 1
  return { ms: ms.length % 2 ? ms[middle] : (ms[middle - 1] + ms[middle]) / 2, calls: ms.length, first }
}

// measured turns timings into the figures that are compared.
export const trained = t => ({ train_seq_s: B * 1000 / t.ms, train_calls: t.calls, train_first_ms: t.first })
export const inferred = t => ({ infer_seq_s: B * 1000 / t.ms, infer_calls: t.calls })
export const answered = t => ({ latency_ms: t.ms, latency_calls: t.calls })
