// Workload W on this machine, Clove beside its peers, in turns:
//
//	node run.mjs [ROUNDS] [PEERS]      PEERS: clove,torch,openblas,ort,tfjs,jaxjs
//
// Everyone runs once a round, so that whatever else the machine does falls on all alike.
// Figures and a table go to docs/peers, named by the processor; with only some PEERS to .cache/peers.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from '../lib.mjs'
import { flags, peers } from './peers.mjs'
import { report } from './report.mjs'

const rounds = Number(process.argv[2] || 3), some = (process.argv[3] ?? '').split(',').filter(Boolean)
const unknown = some.filter(s => !peers.some(p => p.peer === s))
if (!(rounds >= 1) || unknown.length) {
  console.error(`node run.mjs [ROUNDS] [PEERS]: PEERS are ${[...new Set(peers.map(p => p.peer))].join(', ')}`)
  process.exit(2)
}
const chosen = peers.filter(p => !some.length || some.includes(p.peer))

const sets = ['sse4_2', 'avx', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx512_vnni', 'avx512_bf16', 'asimd', 'asimddp'].filter(s => flags.split(/\s+/).includes(s))
const name = cpus()[0].model.replace(/\((R|TM)\)|CPU.*|Processor|\d+-Core.*/gi, '').trim()
const widest = sets.includes('avx512f') ? 'avx512' : sets.includes('avx2') ? 'avx2' : 'other'
const slug = `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${widest}`
const git = (...args) => { try { return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim() } catch { return '' } }
const lscpu = key => { try { return execFileSync('lscpu', { encoding: 'utf8' }).match(new RegExp(`^${key}:\\s*(.*)`, 'm'))?.[1] } catch { return undefined } }

const found = {
  machine: {
    processor: cpus()[0].model, family: lscpu('CPU family'), model: lscpu('Model'), sets, cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30), node: process.version, date: new Date().toISOString().slice(0, 10), revision: git('rev-parse', '--short', 'HEAD'),
  },
  rounds, runs: [],
}
const folder = join(root, some.length ? '.cache/peers' : 'docs/peers')
mkdirSync(folder, { recursive: true })
const keep = () => {
  writeFileSync(join(folder, `${slug}.json`), `{"machine":${JSON.stringify(found.machine)},"rounds":${found.rounds},"runs":[\n${found.runs.map(r => JSON.stringify(r)).join(',\n')}\n]}\n`)
  writeFileSync(join(folder, `${slug}.md`), report(found))
}

for (let round = 1; round <= rounds; round++) {
  for (const { run, once, ...entry } of chosen) {
    if (once && round > 1) continue
    const began = Date.now(), load = loadavg()[0]
    const measured = await run()
    found.runs.push({ round, load: +load.toFixed(2), ...entry, ...measured })
    const { label, core = '', size = '', threads = '' } = entry
    console.error(`round ${round} of ${rounds}: ${[label, core, size, threads].filter(Boolean).join(', ')}: ${measured.error ?? 'measured'} (${Math.round((Date.now() - began) / 1000)} s)`)
  }
  keep()
}
console.log(`${join(folder, slug).slice(root.length + 1)}.md and .json are written`)
process.exit() // whatever a peer left open
