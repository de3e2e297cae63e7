// Everyone who runs workload W here, and how each is started. An entry is
//
//	{peer, label, where, size, threads, core, once, run}
//
// run gives what was measured, {train_seq_s, infer_seq_s, latency_ms …}, or {error}.
// Who is far too slow to matter runs in the first round alone: once.
import { existsSync, readFileSync } from 'node:fs'
import { inATab, natively } from './clove.mjs'
import { program } from './program.mjs'

const sizes = ['small', 'medium']

// OpenBLAS chooses kernels by itself, not always well: each that this processor can run has its turn.
export const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8').match(/^flags.*/m)?.[0] ?? '' : ''
const has = (...names) => names.every(n => new RegExp(`\\b${n}\\b`).test(flags))
const cores = ['its choice', ...has('avx2', 'fma') ? ['HASWELL', 'ZEN'] : [], ...has('avx512f', 'avx512bw', 'avx512dq', 'avx512vl') ? ['SKYLAKEX'] : []]

// PyTorch takes whatever BLAS is installed; Debian's reference one makes it many times slower, which is no peer.
const blas = ['x86_64', 'aarch64'].some(a => existsSync(`/usr/lib/${a}-linux-gnu/openblas-pthread/libblas.so.3`))
const python = (core, threads, ...args) => async () => {
  const install = 'apt install python3-torch libopenblas0-pthread'
  if (!blas) return { error: `OpenBLAS is not here: ${install}` }
  const env = { OPENBLAS_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads), ...core === 'its choice' ? {} : { OPENBLAS_CORETYPE: core } }
  const said = await program('/usr/bin/python3', ['-W', 'ignore', ...args], { env }) // Debian's own Python, whose packages apt installs
  return /No module named/.test(said.error) ? { error: `${said.error}: ${install}` } : said
}
const node = (...args) => () => program(process.execPath, args)
const tab = (name, limit, query) => () => program(process.execPath, ['page.mjs', name, String(limit), String(new URLSearchParams(query))], { limit: limit + 30 })

const clove = [
  { peer: 'clove', label: 'Clove', where: 'native', run: () => natively(20) },
  { peer: 'clove', label: 'Clove', where: 'tab', run: () => inATab(20) },
  { peer: 'clove', label: 'Clove, plain Go', where: 'tab', once: true, run: () => inATab(5, false) },
]

const torch = cores.flatMap(core => [
  ...sizes.flatMap(size => [1, 2].map(threads => ({ peer: 'torch', label: 'PyTorch', where: 'native', core, size, threads, run: python(core, threads, 'pytorch.py', size, String(threads)) }))),
  { peer: 'openblas', label: 'OpenBLAS', where: 'native', core, threads: 1, run: python(core, 1, 'openblas.py') },
])

const ort = sizes.flatMap(size => [1, 2].flatMap(threads => [
  { peer: 'ort', label: 'onnxruntime-node', where: 'native', size, threads, run: node('ort-node.mjs', size, String(threads)) },
  { peer: 'ort', label: 'onnxruntime-web, wasm', where: 'tab', size, threads, run: tab('ort', 60, { size, threads }) },
]))

// hard is how long one thing may be measured, warming up included, in seconds.
const js = (peer, label, threads, query) => sizes.map(size => {
  const gpu = /^webg/.test(query.backend), once = query.backend !== 'wasm'
  return { peer, label: `${label}, ${query.backend}${gpu ? ' in software' : ''}${query.patch ? ', patched' : ''}`, where: 'tab', size, threads: gpu ? 'default' : threads, once, run: tab(peer, 120, { ...query, size, hard: once ? 25 : 20 }) }
})
const tfjs = [
  ...js('tfjs', 'TensorFlow.js', 'default', { backend: 'wasm', patch: 1 }),
  ...js('tfjs', 'TensorFlow.js', 2, { backend: 'wasm', patch: 1, threads: 2 }),
  ...['wasm', 'cpu', 'webgl', 'webgpu'].flatMap(backend => js('tfjs', 'TensorFlow.js', 'default', { backend }).map(p => ({ ...p, once: true }))),
]
const jaxjs = ['wasm', 'webgl', 'webgpu'].flatMap(backend => js('jaxjs', 'jax-js', 'default', { backend }))

export const peers = [...clove, ...torch, ...ort, ...tfjs, ...jaxjs]
