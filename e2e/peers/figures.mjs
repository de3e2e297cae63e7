// The runs of all rounds, as rows: one for each who, where, size, threads and kernels,
// with its figures of every round in order.
export const known = list => [...new Set(list.filter(Boolean))]

export function median(values) {
  const v = values.toSorted((a, b) => a - b), i = v.length >> 1
  return v.length % 2 ? v[i] : (v[i - 1] + v[i]) / 2
}

const measures = ['train_seq_s', 'infer_seq_s', 'latency_ms', 'table_latency_ms', 'train_gflops', 'gemm_gflops', 'ceiling_gflops']

export function figures(runs) {
  const rows = new Map()
  const add = ({ label, where, size, threads, core }, values, products = {}) => {
    const key = [label, where, size, threads, core].join('|')
    if (!rows.has(key)) rows.set(key, { label, where, size, threads, core, products: new Map(), ...Object.fromEntries(measures.map(m => [m, []])) })
    const row = rows.get(key)
    for (const m of measures) if (values[m] > 0) row[m].push(values[m])
    for (const [shape, gops] of Object.entries(products)) row.products.set(shape, [...row.products.get(shape) ?? [], gops])
  }
  for (const run of runs) {
    if (run.gops) add(run, {}, run.gops)
    else if (run.workloads) bench(run, add)
    else add(run, run)
    if (run.int8_infer_seq_s) add({ ...run, label: `${run.label}, dynamic int8` }, { infer_seq_s: run.int8_infer_seq_s, latency_ms: run.int8_latency_ms })
  }
  return [...rows.values()]
}

// bench takes apart what Clove's own bench says: spec.Bench.
function bench({ label, where, workloads, speeds, products, ceiling }, add) {
  const named = arithmetic => `${label}, ${arithmetic}`
  for (const w of workloads) add({ label: named(w.arithmetic), where, size: w.size, threads: w.threads }, w)
  for (const s of speeds) {
    const of = products.filter(p => p.type === 'f32' && p.arithmetic === s.arithmetic)
    add({ label: named(s.arithmetic), where, threads: 1 }, { gemm_gflops: s.gemm_gflops, ceiling_gflops: ceiling[`${s.arithmetic}_gflops`] }, Object.fromEntries(of.map(p => [p.shape, p.gops])))
  }
}
