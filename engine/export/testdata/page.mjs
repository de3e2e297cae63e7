// Runs the scripts of HTML files as a browser would, but for what draws, and answers as JSON:
//
//	node page.mjs < [{page, texts}]      each text's tokens [text, start, end], logits, probabilities
//	node page.mjs < [{page, refused}]    what is wrong with the page's model, "" nothing
import { readFileSync } from 'node:fs'

console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(({ page, texts, refused }) => {
  const html = readFileSync(page, 'utf8')
  const [, model] = /<script id="model"[^>]*>([^<]*)</.exec(html)
  const [, runtime] = /<script>\n(.*?)<\/script>/s.exec(html)
  const clove = new Function(runtime + '\nreturn clove')()
  if (refused) {
    try { clove.read(clove.open(clove.fromBase64(model)), 'a text'); return '' } catch (err) { return String(err) }
  }
  const opened = clove.open(clove.fromBase64(model))
  return texts.map(text => {
    const { tokens, logits } = clove.read(opened, text)
    return { tokens, logits: logits.at(-1), probabilities: clove.probabilities(logits.at(-1)) }
  })
})))
