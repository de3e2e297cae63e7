'use strict'
// The service worker: Clove opens without a network, at each of its routes, under
// whatever path it was laid.
//
// Everything under a/ has a hash of its content in its name, so a copy is as good
// as the original for ever. A version of Clove is a cache: its documents and all that
// they may ask for. A new version is fetched whole before it takes over; then new
// pages come from it. Open tabs go on with what they have: each holds a lock of its
// version's name (offline.js), and that cache stays as long, so that they still find
// their worker. No other version is kept.
const version = '{{version}}'
const assets = {{assets}}
const documents = {{documents}}
const others = ['manifest.webmanifest', 'embed.js']

const root = new URL('./', location).href
const nameOf = version => `clove ${root} ${version}`, cacheName = nameOf(version)
const ours = async () => (await caches.keys()).filter(name => name.startsWith(nameOf(''))) // oldest first
const at = way => new URL(way, root).href

// Sets of texts are big and not needed at first sight: they may come later or fail.
const later = way => way.endsWith('.tsv')

self.addEventListener('install', event => {
  event.waitUntil((async () => {
    const cache = await caches.open(cacheName)
    await Promise.all([
      ...assets.filter(way => !later(way)).map(way => keepAsset(cache, way)),
      ...documents.map(way => keepDocument(cache, way)),
      ...others.map(way => keep(cache, way)),
    ])
    await self.skipWaiting()
  })())
})

self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

// A page that has started asks that all be settled: what nobody needs any more goes,
// and what was left for later comes. Not before: a page of the version before may
// have been on its way.
self.addEventListener('message', event => {
  if (event.data?.do !== 'settle') return
  const tell = () => event.source?.postMessage({ clove: 'kept', version })
  event.waitUntil((async () => {
    await tidy()
    tell()
    if (await fetchLater()) tell()
  })())
})

async function tidy() {
  const old = (await ours()).filter(name => name !== cacheName)
  const held = navigator.locks ? (await navigator.locks.query()).held.map(lock => lock.name) : old.slice(-1)
  await Promise.all(old.filter(name => !held.includes(name)).map(name => caches.delete(name)))
}

// keep puts a file into the cache, as plain bytes: a host may have packed it, or have
// led to it by a redirect, which may not answer a navigation.
async function keep(cache, way, check = () => true, fetching = 'no-cache') {
  const response = await fetch(at(way), { cache: fetching })
  if (!response.ok) throw new Error(`${way}: ${response.status}`)
  const bytes = await response.arrayBuffer()
  if (!await check(bytes)) throw new Error(`${way} is not that of version ${version}`)
  const headers = new Headers(response.headers)
  for (const name of ['Content-Encoding', 'Vary']) headers.delete(name)
  headers.set('Content-Length', bytes.byteLength) // by which the page counts what is kept
  await cache.put(at(way), new Response(bytes, { headers }))
}

// keepDocument asks the server anew: a document must be that of these assets, and
// says so.
const keepDocument = (cache, way) => keep(cache, way, bytes => new TextDecoder().decode(bytes).includes(version))

// keepAsset takes one from the version before, or from what the browser has, if that
// is what its name says.
async function keepAsset(cache, way) {
  const kept = await match(way)
  if (kept) return cache.put(at(way), kept)
  return keep(cache, way, bytes => named(way, bytes), 'force-cache').catch(() => keep(cache, way, bytes => named(way, bytes), 'reload'))
}

// named says whether the bytes are those of the hash in the name.
async function named(way, bytes) {
  const hash = Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), b => b.toString(16).padStart(2, '0')).join('')
  return way.split('.').at(-2) === hash.slice(0, 8)
}

// fetchLater says whether it fetched any. Who saves data gets the sets that are chosen.
async function fetchLater() {
  if (navigator.connection?.saveData) return false
  const cache = await caches.open(cacheName)
  let came = false
  for (const way of assets.filter(later)) {
    try {
      if (await cache.match(at(way))) continue
      await keepAsset(cache, way)
      came = true
    } catch { /* it is fetched when it is needed */ }
  }
  return came
}

self.addEventListener('fetch', event => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(root)) return
  const url = new URL(request.url), way = url.href.slice(root.length, url.href.length - url.search.length - url.hash.length)
  if (way === 'api/info') return event.respondWith(info(request))
  if (way.startsWith('api/')) return // never from here
  if (request.mode === 'navigate') return event.respondWith(navigate(request, way, url.search))
  if (way.startsWith('a/')) return event.respondWith(asset(request, way))
  if (others.includes(way)) event.respondWith(other(request, way))
})

// navigate answers a route with the document of this version, which reads what else
// is in the address by itself. What is no route is the server's business; without one
// it leads to the page.
async function navigate(request, way, search) {
  const folder = way.endsWith('/') ? way.slice(0, -1) : null
  if (folder && documents.includes(folder + '.html')) return Response.redirect(at(folder) + search)
  const name = way === '' ? 'index.html' : documents.includes(way) ? way : way + '.html'
  if (documents.includes(name)) {
    return await caches.match(at(name), { cacheName }) ?? fetch(request)
  }
  try {
    return await fetch(request)
  } catch (err) {
    if (way.includes('.')) throw err
    return Response.redirect(root + search)
  }
}

// info is null where no server answers: that is a fact to be shown, and no error.
async function info(request) {
  try {
    return await fetch(request)
  } catch {
    return new Response('null', { headers: { 'Content-Type': 'application/json' } })
  }
}

// asset may be of the version of a page that is still open. One that is missing is
// kept as it comes: its name says that it is whole.
async function asset(request, way) {
  const kept = await match(way)
  if (kept || !assets.includes(way)) return kept ?? fetch(request)
  try {
    const cache = await caches.open(cacheName)
    await keepAsset(cache, way)
    const came = await cache.match(at(way))
    if (came) return came
  } catch { /* the disk is full, or it is not what its name says */ }
  return fetch(request)
}

// match looks in all our versions, this one first.
async function match(way) {
  for (const name of [cacheName, ...await ours()]) {
    const kept = await caches.match(at(way), { cacheName: name })
    if (kept) return kept
  }
}

async function other(request, way) {
  return await match(way) ?? fetch(request)
}
