// onnxruntime-node, inference of workload W: node ort-node.mjs SIZE THREADS
import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-node'
import { infer } from './ort.mjs'

const [size, threads] = process.argv.slice(2)
const version = JSON.parse(readFileSync(new URL('node_modules/onnxruntime-node/package.json', import.meta.url))).version
const result = await infer(ort, size, { intraOpNumThreads: +threads, interOpNumThreads: 1 })
console.log(JSON.stringify({ version, ...result }))
