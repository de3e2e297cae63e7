// What a model says of a text.

// read → {tokens: [text, start, end, id or −1 where it is cut out], logits: after each token that is read, the first before any}.
clove.read = (model, text) => {
  const { max_tokens: max, cut } = model.config.tokenizer
  const tokens = clove.tokenizers[model.config.tokenizer.kind](text).map(token => [...token, model.words.get(token[0]) ?? 1])
  const n = tokens.length
  const head = n <= max ? n : cut === 'tail' ? 0 : cut === 'both' ? max >> 1 : max, tail = n <= max ? 0 : max - head
  for (let i = head; i < n - tail; i++) tokens[i][3] = -1
  const ids = tokens.map(token => token[3]).filter(id => id >= 0)
  return { tokens, logits: model.run(ids.length ? ids : [1]) }
}

// probabilities of the labels; of two labels there is the logit of the last.
clove.probabilities = logits => {
  const z = logits.length === 1 ? [0, logits[0]] : logits, top = Math.max(...z)
  const e = z.map(x => Math.exp(x - top)), sum = e.reduce((a, b) => a + b)
  return e.map(x => x / sum)
}

// odds are the log-odds of a label.
clove.odds = (logits, label) => {
  const p = clove.probabilities(logits)[label]
  return Math.log(p / (1 - p))
}
