'use strict'
// A helper of the worker: the same program on another core, in the role that
// wasm/worker/helper_js.go describes. Its first message brings both programs compiled, so
// nothing is fetched or compiled again.
importScripts('{{asset "wasm_exec.js"}}', '{{asset "kernels.js"}}', '{{asset "slots.js"}}')

;(() => {
  const waiting = []
  let hear = message => waiting.push(message)
  const slots = new Slots(false)
  const lost = reason => postMessage({ lost: String(reason?.message ?? reason) })

  self.clove = {
    helper: true,
    slots,
    onWord(f) {
      hear = f
      for (const message of waiting.splice(0)) hear(message)
    },
    say(word, set) { postMessage(...slots.message(word, set, true)) },
  }

  addEventListener('unhandledrejection', e => lost(e.reason))
  addEventListener('message', ({ data }) => {
    if (data.word) return hear(data)
    const go = new Go()
    WebAssembly.instantiate(data.program, kernels.imports(go.importObject)).then(async instance => {
      await kernels.join(data.kernels, instance, () => fetch('{{asset "kernels-fast.wasm"}}'))
      await go.run(instance)
      lost('the program ended')
    }).catch(lost)
  })
})()
