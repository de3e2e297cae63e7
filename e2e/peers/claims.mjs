// The ratios that Clove must hold against its peers, and what was measured of each:
// {what, want, got, low, high, how, least}; told: said, and held to nothing.
import { median } from './figures.mjs'

export function claims(rows, machine) {
  const wide = machine.sets.includes('avx512f')
  const list = []

  // all rows of a kind; best of them by the median of a measure, where less is better for a latency.
  const all = is => rows.filter(r => Object.entries(is).every(([k, v]) => v instanceof RegExp ? v.test(r[k]) : r[k] === v))
  const best = (measure, is) => {
    const better = measure === 'latency_ms' ? -1 : 1
    return all(is).filter(r => r[measure].length).toSorted((a, b) => better * (median(b[measure]) - median(a[measure])))[0]
  }
  const named = r => `${r.label}${r.threads ? `, ${r.threads === 'default' ? 'its threads' : `${r.threads}T`}` : ''}${r.core ? `, ${r.core}` : ''}`
  // ratio of two rows' measures, of each round where both have one in each.
  const claim = (what, least, a, of, b, by = of, more = {}) => {
    const want = least === undefined ? 'told' : `≥ ${least}`
    const x = a?.[of], y = b?.[by]
    if (!x?.length || !y?.length) return list.push({ what, want, least, how: '' })
    const rounds = x.length === y.length && x.length > 1 ? x.map((v, i) => v / y[i]) : []
    const ratio = median(x) / median(y), lower = more.lower // a latency: less is more
    const turn = v => lower ? 1 / v : v
    list.push({ what, want, least, told: least === undefined, got: turn(ratio), ...rounds.length ? { low: Math.min(...rounds.map(turn)), high: Math.max(...rounds.map(turn)) } : {}, how: more.how ?? `${named(a)} / ${named(b)}` })
  }

  for (const size of ['small', 'medium']) {
    const tab = (arithmetic, threads) => all({ label: `Clove, ${arithmetic}`, where: 'tab', size, threads })[0]
    const native = (arithmetic, threads) => all({ label: `Clove, ${arithmetic}`, where: 'native', size, threads })[0]
    const torch = (measure, threads) => best(measure, { label: 'PyTorch', size, threads })
    const strict = tab('strict', 1)

    claim(`tab, training ${size}: best rival in a tab, each with its own choice of threads`, 12,
      best('train_seq_s', { label: 'Clove, strict', where: 'tab', size }), 'train_seq_s', best('train_seq_s', { label: /^(TensorFlow|jax)/, threads: 'default', size }))
    claim(`tab, training ${size}, one thread: native PyTorch, one thread`, wide ? 0.45 : 0.75, strict, 'train_seq_s', torch('train_seq_s', 1))
    claim(`tab, training ${size}: two workers against one`, 1.6, tab('strict', 2), 'train_seq_s', strict)
    for (const threads of [1, 2]) {
      claim(`tab, inference ${size}, batch 32, ${threads}T: onnxruntime-web`, 1.5, tab('strict', threads), 'infer_seq_s', all({ label: /^onnxruntime-web/, size, threads })[0])
    }
    for (const threads of [1, 2]) {
      claim(`tab, latency ${size}: onnxruntime-web's on ${threads}T / ours`, 1, strict, 'table_latency_ms', all({ label: /^onnxruntime-web/, size, threads })[0], 'latency_ms', { lower: true })
    }
    claim(`tab, latency ${size}, without the table: onnxruntime-web's on 1T / ours`, undefined, strict, 'latency_ms', all({ label: /^onnxruntime-web/, size, threads: 1 })[0], 'latency_ms', { lower: true })
    claim(`tab, training ${size}: strict against fast`, 0.7, strict, 'train_seq_s', tab('fast', 1))
    claim(`tab, training ${size}: SIMD against the plain Go device`, 10, strict, 'train_seq_s', all({ label: 'Clove, plain Go, strict', size, threads: 1 })[0])

    claim(`native, training ${size}, one thread: PyTorch`, size === 'small' ? 2.5 : 2, native('fast', 1), 'train_seq_s', torch('train_seq_s', 1))
    claim(`native, training ${size}, two threads: PyTorch`, 3, native('fast', 2), 'train_seq_s', torch('train_seq_s', 2))
    for (const threads of [1, 2]) {
      claim(`native, inference ${size}, batch 32, ${threads}T: onnxruntime-node`, wide ? 1 : 1.3, native('fast', threads), 'infer_seq_s', all({ label: 'onnxruntime-node', size, threads })[0])
    }
    claim(`native, latency ${size}: onnxruntime-node's / ours`, undefined, native('fast', 1), 'latency_ms', best('latency_ms', { label: 'onnxruntime-node', size }), 'latency_ms', { lower: true })
    claim(`native, training ${size}: strict against fast`, undefined, native('strict', 1), 'train_seq_s', native('fast', 1))
  }

  const speed = (where, arithmetic) => rows.find(r => r.label === `Clove, ${arithmetic}` && r.where === where && !r.size)
  const ofTab = speed('tab', 'strict')
  claim('tab, Gemm: the most that SIMD could do', 0.75, ofTab, 'gemm_gflops', ofTab, 'ceiling_gflops', { how: 'all shapes of W / a loop of multiplications and additions, one thread, strict' })
  for (const size of ['small', 'medium']) {
    claim(`tab, training step ${size}: Gemm's rate`, 0.65, all({ label: 'Clove, strict', where: 'tab', size, threads: 1 })[0], 'train_gflops', ofTab, 'gemm_gflops', { how: 'matrix products of the step / Gemm, one thread, strict' })
  }
  const ours = speed('native', 'fast')
  for (const [shape, gops] of ours?.products ?? []) {
    const theirs = all({ label: 'OpenBLAS' }).filter(r => r.products.has(shape)).toSorted((a, b) => median(b.products.get(shape)) - median(a.products.get(shape)))[0]
    claim(`native, Gemm ${shape}: OpenBLAS`, 0.9, { ...ours, gops }, 'gops', theirs && { ...theirs, gops: theirs.products.get(shape) })
  }
  return list
}
