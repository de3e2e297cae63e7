// <clove-lab spec="reviews" controls="train,quantize" height="auto"></clove-lab>
//
// A small model in your page: made for the element is a frame of Clove's /embed, which sizes
// itself, waits until it is scrolled to, and follows your page's light or dark. Attributes are the
// parameters of that address (docs/embedding.md); height is auto or pixels, sandbox is the frame's,
// theme is light, dark, or nothing to follow the page.
// Events: ready, metrics, done, resize, failed, with what is told in detail. Methods: start(), setSentence(text).

const embed = new URL('embed.html', import.meta.url) // which any server has, of files too
const own = new Set(['spec', 'model', 'height', 'sandbox', 'class', 'id', 'style', 'title', 'hidden', 'slot', 'dir'])
const events = new Set(['ready', 'metrics', 'done', 'resize', 'failed'])
const system = matchMedia('(prefers-color-scheme: dark)')
const labs = new Set()

class CloveLab extends HTMLElement {
  static observedAttributes = ['theme', 'height']
  unsaid = []

  connectedCallback() {
    labs.add(this)
    this.style.display ||= 'block'
    this.style.minHeight ||= '124px'
    this.near = new IntersectionObserver(seen => { if (seen.some(s => s.isIntersecting)) this.open() }, { rootMargin: '300px' })
    this.near.observe(this)
  }

  disconnectedCallback() {
    labs.delete(this)
    this.awake = false
    this.near.disconnect()
    this.frame?.remove()
    this.frame = undefined
  }

  attributeChangedCallback() {
    if (this.frame) this.dress()
  }

  // start begins what the embed's filled button would; setSentence writes into its field.
  start() { this.say('start') }
  setSentence(text) { this.say('setSentence', { text: String(text) }) }

  open() {
    if (this.frame) return
    this.near.disconnect()
    const frame = this.frame = document.createElement('iframe')
    frame.title = this.title || 'Clove'
    frame.allow = 'cross-origin-isolated'
    if (this.hasAttribute('sandbox')) frame.sandbox = this.getAttribute('sandbox') || 'allow-scripts allow-popups allow-popups-to-escape-sandbox'
    frame.style.cssText = 'display:block;width:100%;border:0'
    frame.src = this.address()
    this.dress()
    this.append(frame)
  }

  // address is the embed's: spec may be a preset's name or what stands after ? in a link of Clove's.
  address() {
    const url = new URL(embed), spec = this.getAttribute('spec') ?? ''
    const query = new URLSearchParams(spec.includes('=') ? spec.slice(spec.indexOf('?') + 1).replace(/#.*/, '') : spec && { spec })
    for (const { name, value } of this.attributes) if (!own.has(name) && !/^(data-|aria-|on)/.test(name)) query.set(name, value)
    const model = this.getAttribute('model') ?? ''
    if (model.startsWith('#')) url.hash = 'model=' + model.slice(1)
    else if (model) query.set('model', model === 'reviews' ? model : new URL(model, document.baseURI))
    const lang = this.closest('[lang]')?.lang
    if (lang) query.set('lang', lang)
    query.set('theme', theme(this))
    query.set('host', location.origin)
    url.search = query
    return url.href
  }

  dress() {
    const height = parseInt(this.getAttribute('height'))
    this.frame.style.height = height > 0 ? height + 'px' : this.tall ? this.tall + 'px' : this.frame.style.height || '124px'
    this.say('theme', { theme: theme(this) })
  }

  get origin() { return this.frame.hasAttribute('sandbox') && !this.frame.sandbox.contains('allow-same-origin') ? 'null' : embed.origin }

  say(name, fields) {
    if (this.awake) this.frame.contentWindow.postMessage({ clove: name, ...fields }, this.origin === 'null' ? '*' : this.origin)
    else if (name !== 'theme') this.unsaid.push([name, fields]) // until it is ready
  }

  hear({ data, origin }) {
    const { clove: name, ...detail } = data
    if (origin !== this.origin || !events.has(name)) return
    if (name === 'ready') {
      this.awake = true
      this.unsaid.splice(0).forEach(said => this.say(...said))
    }
    if (name === 'resize') this.tall = detail.height
    if (name === 'ready' || name === 'resize') this.dress()
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

// theme is what the page around an element looks like: as its attribute says, or as light or dark
// as what lies behind it.
function theme(lab) {
  const told = lab.getAttribute('theme')
  if (told === 'light' || told === 'dark') return told
  for (let e = lab; e; e = e.parentElement) {
    const [r, g, b, a = 1] = getComputedStyle(e).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0]
    if (a > 0.5) return 0.299 * r + 0.587 * g + 0.114 * b < 128 ? 'dark' : 'light'
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme
  return scheme.includes('dark') && (system.matches || !scheme.includes('light')) ? 'dark' : 'light'
}

const dress = () => labs.forEach(lab => lab.frame && lab.dress())
system.addEventListener('change', dress)
const page = new MutationObserver(dress)
for (const e of [document.documentElement, document.body ?? document.documentElement]) page.observe(e, { attributes: true })
addEventListener('message', e => {
  if (typeof e.data?.clove === 'string') labs.forEach(lab => { if (lab.frame?.contentWindow === e.source) lab.hear(e) })
})

customElements.define('clove-lab', CloveLab)
