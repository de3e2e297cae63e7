'use strict'
var goappNav = () => {}
var goappOnUpdate = () => {}
var goappUpdatedBeforeWasmLoaded = false
;(() => {
  const program = fetch(new URL('{{asset "page.wasm"}}', document.currentScript.src))
  addEventListener('DOMContentLoaded', async () => {
    const go = new Go()
    const { instance } = await WebAssembly.instantiateStreaming(program, go.importObject)
    go.run(instance)
  })
})()
