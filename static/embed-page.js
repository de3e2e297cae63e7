'use strict'
// The embed of a model that is there already: the sentence, its words tinted by how far each moved
// the score, and the score. The model runs here, by the scripts of engine/export/page; no worker, no
// fetch but for a model at another address, so that it works in a sandbox too.
{
  const { query } = frame, here = document.currentScript.src
  const words = {{embedWords}}
  const column = frame.lang === 'zh' ? 1 : 0
  const say = (key, ...args) => words[key][column].replace(/\{(\d)\}/g, (_, i) => args[i])
  const label = name => words['label.' + name] ? say('label.' + name) : name
  const $ = selector => document.querySelector(selector)
  const mostBytes = 32e6

  // Words of its own, for what a person can do something about.
  class Told extends Error {}

  const bytes = n => {
    const x = n < 999_500 ? n / 1e3 : n / 1e6
    return x.toFixed(x < 9.95 ? 1 : 0).replace(/\.0$/, n < 999_500 ? '.0' : '') + (n < 999_500 ? '\u00a0KB' : '\u00a0MB')
  }

  // script runs a script of ours, which may be text with a model inside.
  const script = url => new Promise((ok, no) => {
    const s = document.createElement('script')
    s.src = new URL(url, here)
    s.onload = ok
    s.onerror = () => no(new Told(say('embed.not.found')))
    document.head.append(s)
  })

  // The scripts with the built-in model call these.
  const given = []
  let built
  clove.built = all => { built = all }
  clove.given = (k, text) => { given[k] = clove.fromBase64(text) }
  const builtIn = async k => {
    await script(['{{asset "embed-model-0.js"}}', '{{asset "embed-model-1.js"}}', '{{asset "embed-model-2.js"}}'][k])
    return given[k]
  }

  // models → those that judge, each {file, name}: the original, and where there is one what it was made to.
  async function models() {
    const inside = new URLSearchParams(location.hash.slice(1)).get('model'), asked = query.get('model') ?? 'reviews'
    if (inside) {
      if (inside.length > 98_304) throw new Told(say('embed.too.big', bytes(65_536)))
      let file
      try { file = clove.fromBase64(inside.replace(/-/g, '+').replace(/_/g, '/')) } catch { throw new Told(say('embed.damaged', '#model=')) }
      return [{ file }]
    }
    if (asked === 'reviews') {
      await script('{{asset "embed-reviews.js"}}')
      const pipeline = query.get('compress')
      const k = pipeline ? built.findIndex(v => v.pipeline === pipeline) : 0
      if (k < 0) throw new Told(say('embed.variants', built.slice(1).map(v => v.pipeline).join(' · ')))
      const list = [{ file: await builtIn(0), name: say('builtin') }]
      if (k) list.push({ file: await builtIn(k), name: built[k].name[column], pipeline, board: built[k].board[column] })
      return list
    }
    const url = URL.canParse(asked, document.baseURI) && new URL(asked, document.baseURI)
    if (!url || !/^https?:$/.test(url.protocol)) throw new Told(say('embed.model'))
    return [{ file: await fetched(url) }]
  }

  async function fetched(url) {
    let response
    try { response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer' }) } catch { throw new Told(say('embed.failed', url.href)) }
    if (!response.ok) throw new Told(say('embed.failed', url.href))
    const parts = [], reader = response.body.getReader()
    for (let n = 0; ;) {
      const { done, value } = await reader.read()
      if (done) break
      if ((n += value.length) > mostBytes) { reader.cancel(); throw new Told(say('embed.too.big', bytes(mostBytes))) }
      parts.push(value)
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer())
  }

  const field = $('#say'), tint = $('.say-tint'), scores = [...document.querySelectorAll('.score')]
  let judges = [], shown = 0

  function write() {
    document.title = say('embed.title')
    document.documentElement.lang = column ? 'zh-Hans' : 'en'
    $('#home').href = frame.home()
    $('#home').textContent = say('embed.open')
    $('label[for=say]').textContent = say('say.label')
    field.placeholder = say('say.placeholder')
    scores[0].querySelector('b').textContent = say('original')
    scores.forEach(s => { s.querySelector('.verdict').textContent = say('embed.loading') })
  }

  // gauge draws a score: of two labels from the middle to its side, of more from nothing.
  function gauge(score, p, two) {
    const percent = x => 100 * Math.min(1, Math.max(0, x)) + '%', [base, , middle] = score.querySelectorAll('.gauge > *')
    const bar = score.querySelector('.gauge rect'), needle = score.querySelector('.gauge > :last-child')
    const set = (e, attributes) => Object.entries(attributes).forEach(([name, value]) => e.setAttribute(name, value))
    if (p === undefined) {
      set(base, { 'stroke-dasharray': '2 3' })
      set(bar, { class: 'off', width: 0 })
      set(needle, { class: 'off' })
      return
    }
    base.removeAttribute('stroke-dasharray')
    set(bar, two ? { class: p < 0.5 ? 'neg' : 'pos', x: percent(Math.min(0.5, p)), width: percent(Math.max(p, 1 - p) - 0.5) } : { class: 'any', x: 0, width: percent(p) })
    set(middle, { class: two ? 'mid' : 'off' })
    set(needle, { class: 'needle', x1: percent(p), x2: percent(p) })
  }

  function answer() {
    if (!judges.length) return
    const text = field.value
    judges.forEach((judge, i) => {
      const { tokens, logits } = clove.read(judge.model, text), { labels } = judge.model.config, two = labels.length === 2
      const all = clove.probabilities(logits.at(-1)), best = all.indexOf(Math.max(...all)), p = two ? all[1] : all[best]
      const score = scores[i], figure = score.querySelector('.score-num'), verdict = score.querySelector('.verdict')
      const read = tokens.filter(t => t[3] >= 0), unknown = read.filter(t => t[3] === 1).length, strange = unknown / read.length > 1 / 3
      if (!tokens.length) {
        figure.textContent = '–'
        verdict.textContent = say('say.nothing')
        verdict.className = 'verdict mute'
        gauge(score)
      } else {
        figure.textContent = p.toFixed(2)
        verdict.textContent = strange ? say('unseen') : label(labels[best])
        verdict.className = 'verdict ' + (strange ? 'mute' : !two ? '' : best ? 'up' : 'down')
        gauge(score, p, two)
      }
      if (i === shown) tint.replaceChildren(...clove.marks(text, tokens, clove.tints(logits, two ? 1 : best)))
      if (tokens.length) frame.post('metrics', { model: i ? 'smaller' : 'original', label: labels[best], probability: all[best], probabilities: all })
    })
    field.parentNode.classList.toggle('long', text.length > 150)
  }

  function wrong(err) {
    const note = document.createElement('p')
    note.className = 'say-now notice foot'
    note.setAttribute('role', 'alert')
    note.textContent = err instanceof Told ? err.message : say('embed.damaged', err.message)
    frame.post('failed', { message: note.textContent })
    if (err.cause) note.append(' ', err.cause)
    $('main').append(note)
    scores.forEach(s => { s.querySelector('.verdict').textContent = say('score.waiting') })
  }

  // Training is the whole program's: another document, in the same frame.
  // A model at an address only judges.
  const trains = /^(reviews)?$/.test(query.get('model') ?? '') && query.get('controls') ? true :
    !query.has('model') && !/[#&]model=/.test(location.hash) && [...query.keys()].some(key => ['v', 'spec', 'seed'].includes(key) || key.includes('.'))

  async function start() {
    if (trains && !frame.sandboxed) return location.replace(new URL('embed-live.html' + location.search + location.hash, frame.site))
    if (frame.sentence !== undefined) field.value = frame.sentence
    tint.textContent = field.value
    document.documentElement.dataset.judges = query.has('compress') && (query.get('model') ?? 'reviews') === 'reviews' ? 2 : 1 // so that nothing moves when they come
    write()
    frame.sized()
    if (trains) {
      const link = document.createElement('a')
      link.href = frame.home()
      link.target = '_blank'
      link.rel = 'noopener'
      link.textContent = say('embed.open')
      throw new Told(say('embed.sandboxed'), { cause: link })
    }
    const list = await models()
    judges = list.map(judge => ({ ...judge, model: clove.open(judge.file) }))
    const { labels } = judges[0].model.config
    $('.scale').firstElementChild.textContent = labels.length === 2 ? say('pulls', label(labels[0])) : say('pulls.away')
    $('.scale').lastElementChild.textContent = labels.length === 2 ? say('pulls', label(labels[1])) : say('pulls.to')
    judges.forEach((judge, i) => {
      if (judge.name) scores[i].querySelector('b').textContent = judge.name
      scores[i].querySelector('b').className = ''
      scores[i].querySelector('i').textContent = bytes(judge.file.length)
      const by = () => { shown = i; answer() }
      scores[i].addEventListener('mouseenter', by)
      scores[i].addEventListener('focus', by)
    })
    document.documentElement.dataset.judges = judges.length
    const board = judges[1]?.board
    if (board && query.get('view') !== 'sentence') {
      const below = document.createElement('template')
      below.innerHTML = board // ours, written when the site was made
      $('main').append(below.content)
      const take = $('.now .btn')
      if (frame.sandboxed) take.remove() // it may not save
      else take.addEventListener('click', () => save(judges[1]))
    }
    let due = 0
    field.addEventListener('input', () => { due ||= requestAnimationFrame(() => { due = 0; answer() }) })
    frame.on('setSentence', ({ text }) => {
      if (typeof text !== 'string') return
      field.value = text.slice(0, 400)
      answer()
    })
    answer()
    const { model, file } = judges.at(-1)
    frame.post('ready', { kind: 'trained', labels, bytes: file.length, pipeline: model.config.pipeline ?? '' })
  }

  function save({ file, pipeline }) {
    const a = document.createElement('a')
    a.href = URL.createObjectURL(new Blob([file]))
    a.download = `clove-reviews-${pipeline.replace(/[^a-z0-9]+/g, '-')}.safetensors`
    a.click()
    setTimeout(() => URL.revokeObjectURL(a.href), 10_000)
  }

  start().catch(wrong)
}
