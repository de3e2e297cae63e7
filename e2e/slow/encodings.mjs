// What each encoding is worth in a tab of Chromium, as `clove bench --encodings` has it natively:
//
//	node e2e/slow/encodings.mjs [--json] [SECONDS]
import { measured } from './bench.mjs'

const figure = x => x < 100 ? x.toPrecision(3) : Math.round(x).toLocaleString('en')

function table(b) {
  const lines = [`${b.device}; medians of ${b.rounds} rounds`, '']
  const row = (size, name, ...cells) => lines.push(size.padEnd(8) + name.padEnd(14) + cells.map(c => c.padStart(17)).join(''))
  row('size', '', 'one text, ms', '32, ms', '32 by table, ms', 'matrix, 1, µs', 'matrix, 32, µs')
  let f32
  for (const e of b.encodings) {
    if (e.encoding === 'f32') f32 = e
    row(e.size, e.encoding, ...['one_ms', 'batch_ms', 'table_ms', 'matrix_one_us', 'matrix_batch_us'].map(k => `${figure(e[k])} (${(f32[k] / e[k]).toFixed(2)})`))
  }
  return lines.join('\n')
}

await measured(60, table, { encodings: true })
