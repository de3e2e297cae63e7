// The page of examples: under each embed what to copy, made from the element that is there.

const zh = /^zh/i.test(new URLSearchParams(location.search).get('lang') ?? navigator.language)
const script = new URL('../embed.js', import.meta.url)
const words = zh ? { copy: '复制', copied: '已复制', other: 'English' } : { copy: 'Copy', copied: 'Copied', other: '中文' }

const more = {
  spoken: `<script>
  const lab = document.getElementById('spoken')
  lab.addEventListener('metrics', e => console.log(e.detail.label, e.detail.probability))
  lab.setSentence('Never a dull minute.')
</script>`,
}

document.documentElement.lang = zh ? 'zh-Hans' : 'en'
if (zh) for (const e of document.querySelectorAll('[data-zh]')) e.textContent = e.dataset.zh
const lang = document.getElementById('lang')
lang.textContent = words.other
lang.lang = zh ? 'en' : 'zh-Hans'
lang.addEventListener('click', () => { location.search = zh ? 'lang=en' : 'lang=zh' })

for (const lab of document.querySelectorAll('clove-lab')) {
  const made = lab.cloneNode()
  made.removeAttribute('style')
  const text = `<script type="module" src="${script}"></script>\n${made.outerHTML}` + (more[lab.id] ? '\n' + more[lab.id] : '')
  const pre = document.createElement('pre'), button = document.createElement('button')
  pre.append(text)
  pre.tabIndex = 0
  button.className = 'btn'
  button.type = 'button'
  button.textContent = words.copy
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text)
    button.textContent = words.copied
    setTimeout(() => { button.textContent = words.copy }, 2000)
  })
  const box = document.createElement('div')
  box.className = 'snippet'
  box.append(pre, button)
  lab.after(box)
}

const spoken = document.getElementById('spoken'), heard = document.getElementById('heard')
spoken.addEventListener('metrics', ({ detail }) => { heard.textContent = `${detail.label} ${detail.probability.toFixed(2)}` })
for (const b of document.querySelectorAll('[data-say]')) b.addEventListener('click', () => spoken.setSentence(b.dataset.say))
