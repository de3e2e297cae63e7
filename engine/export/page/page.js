// The page: the sentence with its words tinted by how far each moved the score, and the answer.
{
  const $ = id => document.getElementById(id), text = $('model').textContent
  const file = clove.fromBase64(text), model = clove.open(file), { labels, tokenizer, model: net, pipeline } = model.config
  let lang = /^zh/i.test(navigator.language) ? 'zh' : 'en'
  const say = (key, ...args) => clove.say[key][lang === 'zh' ? 1 : 0].replace(/\{(\d)\}/g, (_, i) => args[i])
  const called = label => Object.hasOwn(clove.called, label) ? clove.called[label][lang === 'zh' ? 1 : 0] : label // others are a person's own
  const number = n => n.toLocaleString(lang)
  const bytes = n => {
    const x = n < 999_500 ? n / 1e3 : n / 1e6
    return x.toFixed(x < 9.95 ? 1 : 0) + (n < 999_500 ? ' KB' : ' MB')
  }
  const percent = p => (100 * p).toFixed(1) + (lang === 'zh' ? '%' : ' %')
  const el = (name, className, ...children) => {
    const e = document.createElement(name)
    if (className) e.className = className
    e.append(...children)
    return e
  }

  const answer = () => {
    const said = $('say').value, { tokens, logits } = clove.read(model, said), empty = !tokens.length
    const p = clove.probabilities(logits.at(-1)), best = p.indexOf(Math.max(...p))
    const kept = tokens.filter(t => t[3] >= 0), unknown = kept.filter(t => t[3] === 1).length
    $('label').textContent = empty ? '–' : called(labels[best])
    $('probability').textContent = empty ? '' : percent(p[best])
    $('count').textContent = empty ? '' : say('count', number(kept.length), number(unknown)) + (kept.length < tokens.length ? say('cut', number(tokens.length - kept.length)) : '')
    const order = labels.map((_, k) => k)
    if (labels.length > 2) order.sort((a, b) => p[b] - p[a])
    $('labels').replaceChildren(...order.slice(0, 8).map(k => {
      const fill = el('i')
      fill.style.width = empty ? 0 : 100 * p[k] + '%'
      return el('li', !empty && k === best ? 'first' : '', el('span', '', called(labels[k])), el('span', 'bar', fill), el('span', 'num', empty ? '–' : percent(p[k])))
    }))

    $('tint').replaceChildren(...clove.marks(said, tokens, clove.tints(logits, labels.length === 2 ? 1 : best)))
    $('say').parentNode.classList.toggle('long', said.length > 150)
  }

  const write = () => {
    document.documentElement.lang = lang === 'zh' ? 'zh-Hans' : 'en'
    document.querySelectorAll('[data-say]').forEach(e => e.textContent = say(e.dataset.say))
    $('say').placeholder = say('placeholder')
    $('lang').textContent = lang === 'zh' ? 'English' : '中文'
    $('lang').lang = lang === 'zh' ? 'en' : 'zh'
    $('down').textContent = say('pulls', called(labels[0]))
    $('up').textContent = say('pulls', called(labels[1]))
    const words = number(model.words.size + 2), kinds = [...new Set(Object.values(model.kinds))]
    const facts = {
      what: net.kind === 'bag' ? say('bag', words, net.embedding) : say('lstm', words, net.embedding, net.hidden),
      reads: say(tokenizer.kind, number(tokenizer.max_tokens)), stored: kinds.join(', '), pipeline: pipeline || '–',
      file: say('bytes', bytes(file.length), bytes(clove.bytes)),
    }
    $('facts').replaceChildren(...Object.entries(facts).flatMap(([key, value]) => [el('dt', '', say('is.' + key)), el('dd', '', value)]))
    answer()
  }

  const scale = document.querySelector('.scale')
  scale.hidden = labels.length !== 2
  scale.querySelector('svg').innerHTML = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((step, i) => `<rect class="t${step}" x="${10 * i}" width="10" height="8"/>`).join('')
  let due = 0
  $('say').addEventListener('input', () => { due ||= requestAnimationFrame(() => { due = 0; answer() }) })
  $('lang').addEventListener('click', () => { lang = lang === 'zh' ? 'en' : 'zh'; write() })
  write()
}
