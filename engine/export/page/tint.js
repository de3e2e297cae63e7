// How a sentence is drawn: each word tinted by how far it moved the score.

// tints are steps of the one scale, −4 to 4, a token each. Cuts and scale are those of Clove's own
// page: against the sentence's strongest word, which counts no more once the model is sure of 95 %.
clove.tints = (logits, label) => {
  const odds = logits.map(z => Math.max(-2.944, Math.min(clove.odds(z, label), 2.944)))
  const moves = odds.slice(1).map((o, i) => o - odds[i]), sizes = moves.map(Math.abs).sort((a, b) => a - b)
  const scale = Math.max(1, sizes[Math.ceil(0.98 * sizes.length) - 1])
  return moves.map(m => Math.sign(m) * [0.06, 0.14, 0.35, 0.58].filter(c => Math.abs(m) / scale >= c).length)
}

// marks are what lies below the field: the text, with a mark on each token of read's.
clove.marks = (text, tokens, tint) => {
  const parts = []
  let at = 0, read = 0
  for (const [, from, to, id] of tokens) {
    const step = id < 0 ? 0 : tint[read++], mark = document.createElement('mark')
    mark.className = (step ? 't' + step : '') + (id === 1 ? ' unk' : '') + (from === at && at ? ' near' : '')
    mark.append(text.slice(from, to))
    parts.push(text.slice(at, from), mark)
    at = to
  }
  return [...parts, text.slice(at), '\u200b']
}
