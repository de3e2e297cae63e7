'use strict'
// Runs a Go program built for GOOS=js GOARCH=wasm under Node, joined to the kernel
// module as in the worker: node exec.cjs GOROOT PROGRAM [ARGUMENT …]. It is Go's own
// wasm_exec_node.js but for that.
const [goroot, program, ...args] = process.argv.slice(2)
const path = require('node:path')
globalThis.require = require
globalThis.fs = require('node:fs')
globalThis.path = path
require(path.join(goroot, 'lib/wasm/wasm_exec.js'))
require('../../static/kernels.js')

// Node 20 has relaxed SIMD, but asks for it to be wanted.
if (process.version.startsWith('v20.')) require('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd')

const go = new Go()
go.argv = [program, ...args]
go.env = { TMPDIR: require('node:os').tmpdir(), ...process.env }
go.exit = process.exit

async function run() {
  const module = name => fs.readFileSync(path.join(__dirname, '../kernels', name))
  const compiled = kernels.compile(module('kernels.wasm'))
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(program), kernels.imports(go.importObject))
  await kernels.join(compiled, instance, () => module('kernels-fast.wasm'))
  process.on('exit', code => { // nothing is left that could wake it: have Go print its stacks
    if (code === 0 && !go.exited) {
      go._pendingEvent = { id: 0 }
      go._resume()
    }
  })
  await go.run(instance)
}
run().catch(err => {
  console.error(err)
  process.exit(1)
})
