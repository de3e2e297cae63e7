'use strict'
// What an embed and the page around it say to each other: docs/embedding.md lists the messages.
// A message is an object whose field clove names it. It is sent to the host's origin alone, and
// heard from the host's window and origin alone.
const frame = (() => {
  const query = new URLSearchParams(location.search), root = document.documentElement
  const framed = parent !== window, heard = {}, site = new URL('..', document.currentScript.src)

  // The host's origin as the browser tells it; some tell none, then the host says it in the address.
  // One that is "null" (a sandbox, a file) has no name to send to.
  const origin = (() => {
    if (location.ancestorOrigins?.length) return location.ancestorOrigins[0]
    try { return new URL(query.get('host') || document.referrer).origin } catch { return '' }
  })()

  const post = (name, fields = {}) => {
    if (framed && origin) parent.postMessage({ clove: name, ...fields }, origin === 'null' ? '*' : origin)
  }
  const on = (name, f) => { heard[name] = f }
  addEventListener('message', ({ data, source, origin: from }) => {
    if (!framed || source !== parent || from !== origin || typeof data?.clove !== 'string') return
    if (Object.hasOwn(heard, data.clove)) heard[data.clove](data)
  })

  // light, dark, or as the browser has it
  const theme = name => {
    if (name === 'light' || name === 'dark') root.dataset.theme = name
    else delete root.dataset.theme
  }
  theme(query.get('theme'))
  on('theme', data => theme(data.theme))

  // sized tells the height that the embed would like, whenever it changes.
  const sized = () => {
    let last = 0
    new ResizeObserver(() => {
      const height = Math.ceil(document.body.getBoundingClientRect().height)
      if (height !== last) post('resize', { height: last = height })
    }).observe(document.body)
  }

  // home is the whole page with the same Spec, sentence and model.
  const home = () => {
    const url = new URL(site), kept = new URLSearchParams(query)
    for (const name of ['controls', 'view', 'host', 'theme']) kept.delete(name)
    url.search = kept
    url.hash = location.hash
    return url.href
  }

  const asked = query.get('lang') || navigator.language || 'en'
  return {
    query, site, post, on, sized, home, framed,
    lang: /^zh/i.test(asked) ? 'zh' : 'en',
    sentence: query.get('sentence')?.slice(0, 400),
    sandboxed: self.origin === 'null', // no worker, no storage
  }
})()
