'use strict'
// The service worker: Clove opens without a network, at any route.
//
// Everything under /a/ has a hash of its content in its name, so a copy is as good
// as the original for ever. A version of Clove is a cache: the page and all that
// it may ask for. A new version is fetched whole before it takes over; then new
// pages come from it. Open tabs go on with what they have: the cache of the version
// before stays until the next one comes, so that they still find their worker.
const version = 'clove-{{version}}'
const assets = {{assets}}
const index = '/'

// Sets of texts are big and not needed at first sight: they may come later or fail.
const later = url => url.endsWith('.tsv')

self.addEventListener('install', event => {
  event.waitUntil((async () => {
    const cache = await caches.open(version)
    const wanted = []
    for (const url of [...assets.filter(url => !later(url)), '/manifest.webmanifest']) {
      const kept = await caches.match(url, { ignoreVary: true })
      if (kept && url.startsWith('/a/')) await cache.put(url, kept) // from the version before
      else wanted.push(url)
    }
    await Promise.all(wanted.map(url => keep(cache, url)))
    await keep(cache, index)
    await self.skipWaiting()
  })())
})

self.addEventListener('activate', event => {
  event.waitUntil((async () => {
    const versions = (await caches.keys()).filter(name => name.startsWith('clove-')) // oldest first
    const before = versions.filter(name => name !== version).at(-1)
    await Promise.all(versions.filter(name => name !== version && name !== before).map(name => caches.delete(name)))
    await self.clients.claim()
  })())
  fetchLater()
})

// keep fetches a file into the cache. index.html is asked of the server anew, since
// it must be that of these assets.
async function keep(cache, url) {
  const response = await fetch(url, { cache: url.startsWith('/a/') ? 'default' : 'no-cache' })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  await cache.put(url, response)
}

async function fetchLater() {
  const cache = await caches.open(version)
  for (const url of assets.filter(later)) {
    try {
      if (!await cache.match(url, { ignoreVary: true })) await keep(cache, url)
    } catch { /* it is fetched when it is needed */ }
  }
}

self.addEventListener('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (url.pathname === '/api/info') return event.respondWith(info(request))
  if (url.pathname.startsWith('/api/')) return // never from here
  if (request.mode === 'navigate') return event.respondWith(navigate(request))
  if (url.pathname.startsWith('/a/')) return event.respondWith(asset(request))
  event.respondWith(caches.match(request, { ignoreVary: true }).then(kept => fetch(request).catch(err => {
    if (kept) return kept
    throw err
  })))
})

// navigate answers any route with the page of this version, which reads the
// route itself. A file that is no route of the page is the server's business.
async function navigate(request) {
  const last = new URL(request.url).pathname.split('/').at(-1)
  if (last.includes('.')) return fetch(request)
  const cache = await caches.open(version)
  return await cache.match(index, { ignoreVary: true }) ?? fetch(request)
}

// info is null where no server answers: that is a fact to be shown, and no error.
async function info(request) {
  try {
    return await fetch(request)
  } catch {
    return new Response('null', { headers: { 'Content-Type': 'application/json' } })
  }
}

async function asset(request) {
  const kept = await caches.match(request, { ignoreVary: true })
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) {
    const copy = response.clone()
    caches.open(version).then(cache => cache.put(request, copy)).catch(() => {}) // a full disk costs only the copy
  }
  return response
}
