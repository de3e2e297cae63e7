// TensorFlow.js: layers embedding → lstm → dense, learnt by trainOnBatch with Adam, as
// its guide to models does. Scripts as its guide to setting up has them.
import { SIZES, T, V, B, answered, inferred, texts, time, trained } from '/w.mjs'

const script = path => new Promise((ok, no) => document.head.append(Object.assign(document.createElement('script'), { src: `/node_modules/@tensorflow/${path}`, onload: ok, onerror: no })))

export async function main({ backend, size, threads, patch, hard }, say) {
  if (threads) Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads }) // it takes half the cores at most
  await script('tfjs/dist/tf.min.js')
  if (backend === 'wasm' || backend === 'webgpu') await script(`tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`)
  tf.enableProdMode()
  if (backend === 'wasm') {
    tf.wasm.setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/')
    if (threads) tf.wasm.setThreadsCount(+threads)
  }
  say({ version: tf.version_core })
  if (!await tf.setBackend(backend)) throw new Error(`the backend ${backend} does not start`)
  await tf.ready()
  if (backend === 'wasm') say({ threads: tf.wasm.getThreadsCount(), simd: await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT') })
  if (patch) addUnsortedSegmentSum()

  const { E, H } = SIZES[size], { ids, labels, one } = texts()
  const model = tf.sequential({ layers: [
    tf.layers.embedding({ inputDim: V, outputDim: E, inputLength: T }),
    tf.layers.lstm({ units: H, recurrentActivation: 'sigmoid' }),
    tf.layers.dense({ units: 1 }),
  ] })
  model.compile({ optimizer: tf.train.adam(1e-3), loss: (y, logits) => tf.losses.sigmoidCrossEntropy(y, logits) })
  const x = tf.tensor2d(ids, [B, T], 'int32'), x1 = tf.tensor2d(one, [1, T], 'int32'), y = tf.tensor2d(labels, [B, 1])
  const answer = x => async () => { const o = model.predict(x); await o.data(); o.dispose() }
  const bounds = { hard: +hard, warm: backend === 'wasm' ? 3 : 1 }

  const losses = []
  say(trained(await time(async () => losses.push(await model.trainOnBatch(x, y)), bounds)))
  say({ losses: [losses[0], losses.at(-1)] })
  say(inferred(await time(answer(x), bounds)))
  say(answered(await time(answer(x1), bounds)))
}

// The wasm backend lacks the one kernel that an embedding's gradient needs. This is it,
// registered from outside, so that there is something to compare with.
function addUnsortedSegmentSum() {
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum', backendName: 'wasm',
    kernelFunc({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) {
      const rows = backend.typedArrayFromHeap(x), ids = backend.typedArrayFromHeap(segmentIds)
      const width = x.size / ids.length
      const out = backend.makeOutput([numSegments, ...x.shape.slice(segmentIds.shape.length)], 'float32')
      const sums = backend.typedArrayFromHeap(out).fill(0)
      for (let i = 0; i < ids.length; i++) {
        for (let j = 0, from = i * width, to = ids[i] * width; j < width; j++) sums[to + j] += rows[from + j]
      }
      return out
    },
  })
}
