'use strict'
// The copy of Clove that the service worker (sw.js) keeps in this browser: begun,
// told to the page, thrown away. cloveOffline.watch calls tell at once and whenever
// one of these changes, as JSON:
//   state   none (this browser or place keeps no copy), fetching, kept, off (thrown away here)
//   bytes   of all that is kept; one version, and those of tabs that are still open
//   newer   whether a newer version is there than the one that this page is of
var cloveOffline = (() => {
  const version = document.documentElement.dataset.version
  const service = new URL('../sw.js', document.currentScript.src).href
  const scope = new URL('./', service).href
  const now = { state: 'none', bytes: 0, newer: false }
  let tell = () => {}
  const say = change => { Object.assign(now, change); tell(JSON.stringify(now)) }

  // Where storage is refused the getters throw.
  const ask = f => { try { return f() } catch { return undefined } }
  const workers = ask(() => navigator.serviceWorker)
  const off = {
    get: () => ask(() => localStorage.getItem('clove.offline')) === 'off',
    set: value => ask(() => value ? localStorage.setItem('clove.offline', 'off') : localStorage.removeItem('clove.offline')),
  }

  // Sites below the same host share its caches: ours begin with our path.
  const ours = async () => (await caches.keys()).filter(name => name.startsWith(`clove ${scope} `))

  async function bytes() {
    let sum = 0
    for (const name of await ours()) {
      const cache = await caches.open(name)
      for (const kept of await cache.matchAll()) sum += Number(kept.headers.get('Content-Length') ?? 0)
    }
    return sum
  }

  async function begin() {
    if (!workers) return say({ state: 'none' })
    if (off.get()) return say({ state: 'off' })
    try {
      say({ state: 'fetching' })
      const registration = await workers.register(service)
      const heed = next => next?.addEventListener('statechange', () => {
        if (next.state === 'activated') next.postMessage({ do: 'settle' })
        if (next.state === 'redundant' && !registration.active) say({ state: 'none' }) // it could not be fetched whole
      })
      registration.addEventListener('updatefound', () => heed(registration.installing))
      heed(registration.installing)
      registration.active?.postMessage({ do: 'settle' })
      // A tab that stays open for days looks for a newer version when it is looked at.
      let looked = Date.now()
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState !== 'visible' || Date.now() - looked < 3_600_000) return
        looked = Date.now()
        registration.update().catch(() => {}) // offline
      })
    } catch (err) {
      console.warn('no copy is kept, so this page needs its server:', err)
      say({ state: 'none' })
    }
  }

  // The worker answers settle with its version, again when all is there.
  workers?.addEventListener('message', async ({ data }) => {
    if (data?.clove !== 'kept' || off.get()) return
    say({ state: 'kept', bytes: await bytes(), newer: data.version !== version })
  })
  workers?.startMessages()

  // While a page is open its version stays in the cache. Where there are no locks the
  // worker keeps the version before its own.
  ask(() => navigator.locks.request(`clove ${scope} ${version}`, { mode: 'shared' }, () => new Promise(() => {})).catch(() => {}))

  return {
    begin,
    watch(f) { tell = f; say({}) },
    async keep() { off.set(false); await begin() },
    async clear() {
      off.set(true)
      say({ state: 'off' })
      await (await workers.getRegistration(scope))?.unregister()
      for (const name of await ours()) await caches.delete(name)
      say({ bytes: await bytes(), newer: false })
    },
  }
})()
