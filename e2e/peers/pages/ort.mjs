// onnxruntime-web, its wasm build, with SIMD and as many threads as it is given.
import * as ort from '/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs'
import { infer } from '/ort.mjs'

export async function main({ size, threads }, say) {
  ort.env.wasm.numThreads = +threads
  say({ version: ort.env.versions.web })
  say(await infer(ort, size, { executionProviders: ['wasm'] }))
}
