// The golden runs of Strict arithmetic (engine/run/stricttest), done by the page's own
// worker program: every machine must come to the weights that the file tells.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './lib.mjs'

export const goldens = JSON.parse(await readFile(join(root, 'engine/run/stricttest/golden.json'), 'utf8'))

// golden starts another worker beside the page's, says hello to it in these words, and
// has it train a golden Spec and then make the model smaller, as a person would. It gives
// the device that did, and the hashes.
export function golden(page, { spec }, hello = {}) {
  const [program] = page.workers().map(w => w.url()).filter(url => /\/worker[^/]*\.js$/.test(url))
  return page.evaluate(([program, spec, hello]) => new Promise((done, fail) => {
    const worker = new Worker(program)
    const ask = (id, kind, body) => worker.postMessage({ json: JSON.stringify({ id, kind, body }) })
    const end = (how, what) => { worker.terminate(); how(what) }
    const shrink = () => ask(3, 'compress', { run, pipeline: spec.compress })
    const got = {}
    let run
    worker.onerror = e => end(fail, new Error(e.message))
    worker.onmessage = e => {
      const { id, kind, body, problem } = JSON.parse(e.data.json)
      if (problem?.code === 'owned') return setTimeout(shrink, 20) // the lock of the training is not yet free
      if (kind === 'crashed' || kind === 'problem') return end(fail, new Error(problem.message))
      if (id === 1) ask(2, 'train', { spec: { ...spec, compress: '' } })
      if (id === 2) run = body.run
      const event = kind === 'run-event' ? body.event : {}
      switch (event.event) {
        case 'started':
          Object.assign(got, { device: event.device, threads: event.threads })
          break
        case 'failed':
          return end(fail, new Error(event.message))
        case 'done':
          got.trained = event.weights_sha256
          shrink()
          break
        case 'compressed':
          if (event.variant.pipeline) end(done, { ...got, compressed: event.variant.weights_sha256 })
      }
    }
    ask(1, 'hello', hello)
  }), [program, spec, hello])
}
