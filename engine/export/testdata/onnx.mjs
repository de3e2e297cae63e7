// Runs ONNX files by onnxruntime and answers with their logits as JSON:
//
//	node onnx.mjs < [{file, batches: [[[id, …], …], …]}]      the rows of a batch of one length
import { readFileSync } from 'node:fs'
import * as ort from 'onnxruntime-web'

ort.env.wasm.numThreads = 1
const answers = []
for (const { file, batches } of JSON.parse(readFileSync(0))) {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(file)))
  const logits = []
  for (const rows of batches) {
    const ids = new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0].length])
    logits.push(...(await session.run({ ids })).logits.data)
  }
  answers.push(logits)
}
console.log(JSON.stringify(answers))
