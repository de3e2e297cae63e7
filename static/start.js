'use strict'
// Starts the page's program. A classic script, so that a sandboxed frame can load
// it, and small: it runs before the first paint, which has the theme that was chosen.

// What go-app looks for on window. It replaces the first two once it runs; offline.js
// is what hears of updates.
var goappNav = () => {}
var goappOnUpdate = () => {}
var goappUpdatedBeforeWasmLoaded = false

var cloveWorkerURL // where the worker's script is, for wasm/page

;(() => {
  const at = way => new URL(way, document.currentScript.src).href
  const programURL = at('{{asset "page.wasm"}}')
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

  // A room that the address opens is there at the first paint: its frame takes the board's
  // place as that is being read, before it was painted.
  const room = new URLSearchParams(location.hash.slice(1)).get('room')
  if (room) {
    const reading = new MutationObserver(() => {
      const board = document.querySelector('.board')
      if (!board) return
      reading.disconnect()
      const frame = document.getElementById(`first-${room}`)?.content
      if (!frame) return
      if (matchMedia('(max-width:859px)').matches) frame.querySelector('.rail').open = false
      board.replaceWith(frame)
    })
    reading.observe(document, { childList: true, subtree: true })
  }

  const ready = new Promise(ok => addEventListener('DOMContentLoaded', ok)) // wasm_exec.js is there then

  // say writes above the page as rendered, which stays readable.
  async function say(english, chinese) {
    await ready
    const note = document.createElement('p')
    note.setAttribute('role', 'alert')
    note.className = 'start-failed'
    note.textContent = navigator.language.startsWith('zh') ? chinese : english
    document.documentElement.insertBefore(note, document.body)
  }

  const lacks = wanted => Object.keys(wanted).filter(name => !wanted[name])
  const look = lacks({
    'light-dark()': CSS.supports('color', 'light-dark(#000, #fff)'),
    'color-mix()': CSS.supports('color', 'color-mix(in srgb, #000, #fff)'),
    subgrid: CSS.supports('grid-template-rows', 'subgrid'),
  })
  if (look.length) {
    say(`This browser lacks ${look.join(', ')} in CSS: the page works, but does not look as it should. Chrome 123, Firefox 120, Safari 17.5 and later have it.`,
      `此浏览器的 CSS 缺少 ${look.join('、')}：页面可用，但样子不对。Chrome 123、Firefox 120、Safari 17.5 及更新版本都支持。`)
  }
  const engine = lacks({ WebAssembly: typeof WebAssembly === 'object', 'Web Workers': typeof Worker === 'function' })
  if (engine.length) {
    return say(`This browser lacks ${engine.join(' and ')}, or it was switched off: Clove cannot run here, and nothing on this page answers. Any browser of the last years has it.`,
      `此浏览器缺少或停用了 ${engine.join('、')}：Clove 无法在此运行，页面不会响应。近年的浏览器都支持。`)
  }

  const program = fetch(programURL) // on its way while the page is read
  program.catch(() => {}) // told by start

  async function start() {
    await ready
    const go = new Go()
    const got = await program
    if (!got.ok) throw new Error(`${programURL}: ${got.status}`)
    const known = got.headers.get('Content-Type') === 'application/wasm' // else read to the end first
    const { instance } = known ? await WebAssembly.instantiateStreaming(got, go.importObject) : await WebAssembly.instantiate(await got.arrayBuffer(), go.importObject)
    await go.run(instance)
    throw new Error('the program ended')
  }

  start().catch(err => {
    console.error('Clove could not start:', err)
    say(`Clove could not start: ${err.message}. Reload the page.`, `Clove 无法启动：${err.message}。请重新加载页面。`)
  })
})()
