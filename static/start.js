'use strict'
// Starts the page's program. A classic script, so that a sandboxed frame can load
// it, and small: it runs before the first paint, which has the theme that was chosen.

// What go-app looks for on window. It replaces the first two once it runs.
var goappNav = () => {}
var goappOnUpdate = () => { goappUpdatedBeforeWasmLoaded = true }
var goappUpdatedBeforeWasmLoaded = false

var cloveWorkerURL // where the worker's script is, for wasm/page

;(() => {
  const at = way => new URL(way, document.currentScript.src).href
  const programURL = at('{{asset "page.wasm"}}'), serviceURL = at('../sw.js')
  cloveWorkerURL = at('{{asset "worker.js"}}')

  // In some frames the getters of storage throw, which would end a Go program.
  for (const name of ['localStorage', 'sessionStorage']) {
    try { window[name].length } catch {
      const kept = new Map()
      Object.defineProperty(window, name, { value: {
        get length() { return kept.size },
        key: i => [...kept.keys()][i] ?? null,
        getItem: k => kept.get(String(k)) ?? null,
        setItem: (k, v) => { kept.set(String(k), String(v)) },
        removeItem: k => { kept.delete(String(k)) },
        clear: () => { kept.clear() },
      } })
    }
  }

  const theme = localStorage.getItem('clove.theme')
  if (theme) document.documentElement.dataset.theme = theme

  // The service worker, which opens the page without a server. A new one that
  // takes over an open page means that a newer Clove is there.
  async function offline() {
    try {
      if (!('serviceWorker' in navigator)) return
      const before = navigator.serviceWorker.controller // of an earlier visit
      const registration = await navigator.serviceWorker.register(serviceURL)
      registration.addEventListener('updatefound', () => {
        const next = registration.installing
        next.addEventListener('statechange', () => {
          if (next.state === 'activated' && before) goappOnUpdate()
        })
      })
    } catch (err) {
      console.warn('no service worker, so this page needs its server:', err)
    }
  }

  const program = fetch(programURL) // on its way while the page is read
  program.catch(() => {}) // told by start
  const ready = new Promise(ok => addEventListener('DOMContentLoaded', ok)) // wasm_exec.js is there then

  async function start() {
    await ready
    const go = new Go()
    const got = await program
    if (!got.ok) throw new Error(`${programURL}: ${got.status}`)
    const known = got.headers.get('Content-Type') === 'application/wasm' // else read to the end first
    const { instance } = known ? await WebAssembly.instantiateStreaming(got, go.importObject) : await WebAssembly.instantiate(await got.arrayBuffer(), go.importObject)
    offline() // not before the page's own files are here
    await go.run(instance)
    throw new Error('the program ended')
  }

  start().catch(err => {
    console.error('Clove could not start:', err)
    // The page as rendered stays readable; say in it why nothing answers.
    const note = document.createElement('p')
    note.setAttribute('role', 'alert')
    note.className = 'start-failed'
    note.textContent = navigator.language.startsWith('zh')
      ? `Clove 无法启动：${err.message}。请重新加载页面；需要支持 WebAssembly 的浏览器。`
      : `Clove could not start: ${err.message}. Reload the page; it needs a browser with WebAssembly.`
    document.body.prepend(note)
  })
})()
