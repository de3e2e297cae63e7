// This machine measured in a tab of Chromium, as `clove bench` does it natively:
//
//	node e2e/slow/bench.mjs [--json] [SECONDS]
//
// Who wants the figures in a program imports inTab.
import { fileURLToPath } from 'node:url'
import { browser, flags, profile, serve, visit } from '../lib.mjs'

// inTab is the spec.Bench of a new worker of the page's site.
export const inTab = (page, ask = {}) => page.evaluate(ask => new Promise((ok, no) => {
  const worker = new Worker(globalThis.cloveWorkerURL)
  const send = (id, kind, body = {}) => worker.postMessage({ json: JSON.stringify({ id, kind, body }) })
  worker.onerror = e => no(new Error(e.message))
  worker.onmessage = e => {
    const { kind, body, problem } = JSON.parse(e.data.json)
    const failed = problem ?? (kind === 'measuring' ? body.problem : null), ended = kind === 'measuring' && body.bench
    if (kind === 'problem' || kind === 'crashed' || failed) no(new Error(failed?.message ?? kind))
    else if (ended) { worker.terminate(); ok(body.bench) }
  }
  send(1, 'hello')
  send(2, 'bench', ask)
}), ask)

const figure = x => !(x > 0) ? '–' : x < 100 ? x.toPrecision(3) : Math.round(x).toLocaleString('en')
const part = (x, of) => x > 0 && of > 0 ? `${Math.round(100 * x / of)} %` : '–'

// table is what clove bench says of it, in fewer lines.
function table(b) {
  const lines = [`${b.device}${b.fast_device ? `, fast: ${b.fast_device}` : ''}; medians of ${b.rounds} rounds`, '']
  const row = (...cells) => lines.push(cells.map((c, i) => i < 2 ? String(c).padEnd(8) : String(c).padStart(12)).join(''))
  row('size', '', 'workers', 'training/s', 'inference/s', 'latency ms', 'by table', 'cold ms')
  for (const w of b.workloads) row(w.size, w.arithmetic, w.threads, figure(w.train_seq_s), figure(w.infer_seq_s), figure(w.latency_ms), figure(w.table_latency_ms), figure(w.cold_ms))
  for (const s of b.speeds) {
    const top = s.arithmetic === 'fast' ? b.ceiling.fast_gflops : b.ceiling.strict_gflops
    lines.push('', `${s.arithmetic}: ${figure(top)} GFLOP/s at most, Gemm ${figure(s.gemm_gflops)} (${part(s.gemm_gflops, top)}), LSTM forward ${figure(s.lstm_gflops)}, int8 ${figure(s.int8_gops)} Gop/s`)
    for (const p of b.products.filter(p => p.arithmetic === s.arithmetic && p.type === 'f32')) lines.push(`  ${p.shape.padEnd(20)} ${figure(p.gops).padStart(8)} ${part(p.gops, top).padStart(6)}`)
    for (const w of b.workloads.filter(w => w.arithmetic === s.arithmetic && w.threads === 1)) {
      const kernels = b.kernels.filter(k => k.size === w.size && k.arithmetic === s.arithmetic && k.share >= 0.01)
      lines.push(`  step, ${w.size.padEnd(14)} ${figure(w.train_gflops).padStart(8)} ${part(w.train_gflops, top).padStart(6)}, ${part(w.train_gflops, s.gemm_gflops)} of Gemm: ${kernels.map(k => `${k.kernel} ${part(k.share, 1)}`).join(', ')}`)
    }
  }
  lines.push(`memory, read: ${figure(b.ceiling.read_gb_s)} GB/s`, '', ...card(b.card))
  return lines.join('\n')
}

// card is what the graphics card was measured to do, or why not.
function card(c) {
  if (!c) return []
  const lines = [`graphics card: ${c.name ?? '–'}${c.slow ? ', played by the processor' : ''}${c.why ? `: ${c.why}` : ''}`]
  for (const w of c.work ?? []) {
    const kernels = (c.kernels ?? []).filter(k => k.size === w.size && k.share >= 0.01)
    lines.push(`  training, ${w.size.padEnd(8)} ${figure(w.train_seq_s)} texts/s (quartiles ${w.train_quartiles.map(figure).join(' … ')}), ${figure(w.step_ms)} ms a step, ${w.steps} steps measured`)
    for (const k of kernels) lines.push(`    ${k.kernel.padEnd(24)} ${part(k.share, 1).padStart(6)} ${figure(k.ms).padStart(8)} ms ${k.calls.toFixed(1).padStart(6)} calls a step`)
    for (const a of w.answers ?? []) lines.push(`  answers, ${a.encoding.padEnd(12)} ${figure(a.infer_seq_s)} texts/s (quartiles ${a.infer_quartiles.map(figure).join(' … ')})`)
    if (!kernels.length) lines.push('    this card has no timestamp queries')
  }
  return lines
}

// carded are the flags of a Chromium that may use a graphics card, and plays one where there is none.
const carded = [...flags.filter(f => f !== '--disable-gpu'), '--enable-unsafe-webgpu', ...(process.env.CHROMIUM_FLAGS ?? '').split(' ').filter(Boolean)]

// measured prints what a tab found, as JSON or as a table, for so many seconds unless said.
export async function measured(seconds, table, ask = {}) {
  const server = await serve(), home = await profile(), context = await browser(home.dir, ask.card ? { args: carded } : {})
  try {
    const page = await visit(context, server.url)
    const args = process.argv.slice(2), json = args[0] === '--json'
    const found = await inTab(page, { seconds: Number(args[json ? 1 : 0] ?? seconds), ...ask })
    console.log(json ? JSON.stringify(found, null, 2) : `Chromium ${context.browser().version()}: ${table(found)}`)
  } finally {
    await context.close()
    await server.stop()
    await home.remove()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measured(30, table, { card: true })
