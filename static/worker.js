'use strict'
// The worker's bootstrap: starts its Go program, keeps the messages that come
// before it runs, and says so when it ends. The functions on self.clove are what
// the program asks of the browser where asking may throw: a getter that throws
// would end a Go program past any recovery, so each is tried here.
importScripts('{{asset "wasm_exec.js"}}', '{{asset "kernels.js"}}', '{{asset "slots.js"}}')

;(() => {
  const tell = (kind, problem) => postMessage({ json: JSON.stringify({ kind, problem }) })

  let ended = false
  const said = [] // the program's last lines, which name the reason when it ends
  function end(message) {
    if (ended) return
    ended = true
    const reason = said.find(line => /^(panic|fatal error|runtime): /.test(line))
    tell('crashed', { code: 'worker_crashed', message: reason ?? message })
  }

  const decoder = new TextDecoder()
  let line = ''
  globalThis.fs.writeSync = (fd, bytes) => {
    const lines = (line + decoder.decode(bytes, { stream: true })).split('\n')
    line = lines.pop()
    for (const l of lines) {
      console.log(l)
      if (said.length < 200) said.push(l)
      else said.splice(100, 1)
    }
    return bytes.length
  }

  // ask returns what f gives, or undefined where the browser refuses.
  const ask = f => { try { return f() } catch { return undefined } }
  const waiting = []
  let receive = message => waiting.push(message)
  addEventListener('message', e => receive(e.data))

  const channel = ask(() => new BroadcastChannel('clove'))
  const turn = new MessageChannel()
  const slots = new Slots(true)
  const helpers = new Map() // workers of ours, by number
  let programs // compiled, for them
  let program // ours, that runs

  self.clove = {
    assets: {
      'mail.tsv': '{{asset "data/mail.tsv"}}',
      'names.tsv': '{{asset "data/names.tsv"}}',
      'builtin.json': '{{asset "builtin.json"}}',
      'builtin.safetensors': '{{asset "builtin.safetensors"}}',
      'builtin-1.safetensors': '{{asset "builtin-1.safetensors"}}',
      'builtin-2.safetensors': '{{asset "builtin-2.safetensors"}}',
    },

    // start hands the messages to the program, the kept ones first.
    start(f) {
      receive = message => f(message.json, message.data)
      for (const message of waiting.splice(0)) receive(message)
    },
    post(json, data) {
      if (data === undefined) postMessage({ json })
      else postMessage({ json, data }, [data])
    },

    // tick has f called once the browser has looked after its other messages.
    onTick(f) { turn.port1.onmessage = () => f() },
    tick() { turn.port2.postMessage(null) },

    // memory is the bytes that the program has taken.
    memory: () => program?.exports.mem.buffer.byteLength ?? 0,
    deviceMemory: navigator.deviceMemory ?? 0, // GB, where the browser tells

    cores: typeof Worker === 'function' ? navigator.hardwareConcurrency ?? 1 : 1, // of use to us

    // The helpers that train with us (helper.js). heard is called with a helper's number
    // and its message, or with null when it has ended; never for one that was stopped.
    slots,
    onHelper(f) { self.clove.heard = f },
    startHelper(k) {
      self.clove.stopHelper(k)
      const helper = ask(() => new Worker('{{asset "helper.js"}}'))
      if (!helper) return setTimeout(() => self.clove.heard(k, null))
      helpers.set(k, helper)
      const heard = message => { if (helpers.get(k) === helper) self.clove.heard(k, message) }
      helper.onmessage = e => heard(e.data.lost === undefined ? e.data : null)
      helper.onerror = e => { e.preventDefault(); heard(null) }
      programs.then(p => helper.postMessage(p), () => heard(null))
    },
    stopHelper(k) {
      helpers.get(k)?.terminate()
      helpers.delete(k)
    },
    postHelper(k, word, set) { helpers.get(k)?.postMessage(...slots.message(word, set, helpers.size === 1)) },

    indexedDB: () => ask(() => self.indexedDB),

    // storage calls got with what the browser grants, as JSON.
    storage(got) {
      const say = (persisted, { usage, quota } = {}) => got(JSON.stringify({ persisted, usage: usage ?? 0, quota: quota ?? 0 }))
      const manager = ask(() => navigator.storage)
      if (!manager) return say(false)
      Promise.all([manager.persisted(), manager.estimate()]).then(([p, e]) => say(p, e), () => say(false))
    },

    // lock calls got with a function that gives the lock back, or with null where
    // it can't be had at once. Where there are no locks there is no other tab to
    // fear either: then it is always had.
    lock(name, got) {
      const locks = ask(() => navigator.locks)
      if (!locks) return got(() => {})
      locks.request(name, { ifAvailable: true }, lock => {
        if (!lock) return got(null)
        return new Promise(release => got(release))
      }).catch(() => got(() => {}))
    },
    // freed calls then once whoever holds the lock has let go of it.
    freed(name, then) {
      const locks = ask(() => navigator.locks)
      if (!locks) return
      locks.request(name, { mode: 'shared' }, () => {}).then(then, () => {})
    },
    // held calls got with the names of all locks that any tab holds, one a line.
    held(got) {
      const locks = ask(() => navigator.locks)
      if (!locks) return got('')
      locks.query().then(all => got(all.held.map(lock => lock.name).join('\n')), () => got(''))
    },

    // The other tabs of this site.
    broadcast(json) { ask(() => channel?.postMessage(json)) },
    onBroadcast(f) { if (channel) channel.onmessage = e => f(e.data) },

    // slice reads part of a File: got(bytes, '') or got(null, reason).
    slice(file, from, to, got) {
      file.slice(from, to).arrayBuffer().then(b => got(new Uint8Array(b), ''), err => got(null, String(err.message ?? err)))
    },

    // fetch begins a request: got(response, '') or got(null, reason). It returns
    // a function that ends it. A URL is an asset's, or one of the server's, "api/info".
    fetch(method, url, type, body, got) {
      const abort = new AbortController()
      const options = { method, signal: abort.signal, headers: {} }
      if (body !== null) options.body = body
      if (type) options.headers['Content-Type'] = type
      fetch(url.startsWith('api/') ? new URL('../' + url, location) : url, options).then(r => {
        const reader = r.body?.getReader()
        got({ status: r.status, length: Number(r.headers.get('Content-Encoding') ? 0 : r.headers.get('Content-Length') ?? 0), reader }, '')
      }, err => got(null, String(err.message ?? err)))
      return () => abort.abort()
    },
    // read takes the next piece of a response: got(bytes or null at the end, reason).
    read(response, got) {
      if (!response.reader) return got(null, '')
      response.reader.read().then(({ done, value }) => got(done ? null : value, ''), err => got(null, String(err.message ?? err)))
    },
  }

  addEventListener('error', e => end(e.message))
  addEventListener('unhandledrejection', e => end(String(e.reason?.message ?? e.reason)))

  async function run() {
    const go = new Go()
    const compiled = kernels.compile(fetch('{{asset "kernels.wasm"}}'))
    const module = await kernels.program(fetch('{{asset "worker.wasm"}}'))
    const instance = await WebAssembly.instantiate(module, kernels.imports(go.importObject))
    program = instance
    programs = compiled.then(kernels => ({ program: module, kernels }))
    await kernels.join(compiled, instance, () => fetch('{{asset "kernels-fast.wasm"}}'))
    await go.run(instance)
    end('the program ended')
  }
  run().catch(err => end(String(err.message ?? err)))
})()
