// What run.mjs found, as a document: every figure with its spread, what failed with its
// error, and at the end the ratios that Clove must hold. node report.mjs FILE.json
// prints it anew.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { claims } from './claims.mjs'
import { figures, known, median } from './figures.mjs'

const digits = x => x >= 100 ? Math.round(x).toLocaleString('en') : x >= 10 ? x.toFixed(1) : x.toFixed(2)
const spread = values => !values.length ? '–' : values.length === 1 ? digits(values[0]) : `${digits(median(values))} (${digits(Math.min(...values))}–${digits(Math.max(...values))})`
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

export function report(found) {
  const { machine: m, runs } = found, rows = figures(runs)
  const loads = runs.map(r => r.load)
  const versions = known(runs.filter(r => r.version).map(r => `${r.label.split(',')[0]} ${r.version}`)), browsers = known(runs.map(r => r.browser))
  const clove = runs.find(r => r.label === 'Clove' && r.where === 'native' && r.device), inTab = runs.find(r => r.label === 'Clove' && r.where === 'tab' && r.device)

  const workload = size => table(['who', 'where', 'threads', 'BLAS kernels', 'train /s', 'infer /s, batch 32', 'latency ms, batch 1', 'with the table'],
    rows.filter(r => r.size === size && (r.train_seq_s.length || r.infer_seq_s.length))
      .map(r => [r.label, r.where, r.threads, r.core ?? '', spread(r.train_seq_s), spread(r.infer_seq_s), spread(r.latency_ms), spread(r.table_latency_ms)]))
  const failed = known(runs.filter(r => r.error).map(r => `- ${r.label}${r.core ? `, ${r.core}` : ''}${r.size ? `, ${r.size}` : ''}: ${r.error}`))
  const products = rows.filter(r => r.products.size)
  const shapes = known(products.flatMap(r => [...r.products.keys()]))
  const held = claims(rows, m).map(c => [c.what, c.want, c.got === undefined ? '–' : `${digits(c.got)}${c.low === undefined ? '' : ` (${digits(c.low)}–${digits(c.high)})`}`, c.got === undefined ? 'not measured' : c.told ? 'told' : c.got >= c.least ? 'held' : '**not held**', c.how])

  return `# Workload W on ${m.processor}

${m.processor}${m.family ? `, family ${m.family} model ${m.model}` : ''}, ${m.cores} cores, ${m.memory_gb} GB; ${m.sets.join(' ')}. ${m.date}, revision ${m.revision}, ${found.rounds} round${found.rounds > 1 ? 's' : ''},
load average before each run ${Math.min(...loads)} to ${Math.max(...loads)} (median ${median(loads)}).
Clove natively on ${clove?.device ?? '–'}${clove?.fast_device ? `, fast ${clove.fast_device}` : ''}; in the tab on ${inTab?.device ?? '–'}${inTab?.fast_device ? `, fast ${inTab.fast_device}` : ''}. Chromium ${browsers.join(', ')}, Node ${m.node}; ${versions.join(', ')}.

\`make bench-peers ROUNDS=${found.rounds}\` wrote this; how each peer is set up is in \`e2e/peers\`. W: a vocabulary of 10,000, texts of 128 tokens, Embedding → LSTM →
Linear on the last state, binary cross-entropy, Adam, float32, no dropout; batches of 32. Sequences a second, milliseconds; medians over the rounds, in brackets
the least and the most. Everyone took turns; warming up and compiling are left out. A row with one figure ran once, being far slower.

## Small, 64 → 64

${workload('small')}

## Medium, 100 → 128

${workload('medium')}
${failed.length ? `\n## What failed, in its own words\n\n${failed.join('\n')}\n` : ''}
## Matrix products, one thread, 10⁹ operations a second

${table(['product', ...products.map(r => `${r.label}, ${r.where}${r.core ? `, ${r.core}` : ''}`)], shapes.map(s => [s, ...products.map(r => spread(r.products.get(s) ?? []))]))}

## What must hold

Ratios of medians, in brackets the least and the most of the rounds.

${table(['ratio', 'wanted', 'measured', '', 'of'], held)}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(report(JSON.parse(readFileSync(process.argv[2], 'utf8'))))
