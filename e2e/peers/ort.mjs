// What onnxruntime does of workload W, in Node and in a page: it infers, no more.
import { forward, onnx, weights } from './onnx.mjs'
import { B, T, answered, inferred, texts, time } from './w.mjs'

export async function infer(ort, size, options) {
  const p = weights(size), { ids, one } = texts()
  const session = await ort.InferenceSession.create(onnx(size, p), options)
  const feed = (a, n) => ({ ids: new ort.Tensor('int64', BigInt64Array.from(a, BigInt), [n, T]) })
  const all = feed(ids, B), single = feed(one, 1)
  const difference = Math.abs((await session.run(single)).logits.data[0] - forward(size, p, one))
  if (!(difference < 1e-4)) throw new Error(`its answer is ${difference} off`)
  return { ...inferred(await time(() => session.run(all))), ...answered(await time(() => session.run(single))), difference }
}
