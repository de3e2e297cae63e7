// The compact vocabulary: of each token how many bytes it shares with the one before, how many follow, and these.
clove.fronts = t => {
  const tokens = ['<pad>', '<unk>'], bytes = [], lengths = varints(t['vocabulary.lengths'])
  let at = 0
  varints(t['vocabulary.shared']).forEach((shared, i) => {
    if (!(shared <= bytes.length)) throw Error('vocabulary')
    bytes.length = shared
    bytes.push(...t['vocabulary.letters'].subarray(at, at += lengths[i]))
    tokens.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes)))
  })
  return tokens

  function varints(b) {
    const out = []
    let n = 0, shift = 0
    for (const x of b) {
      n |= (x & 127) << shift
      shift += 7
      if (x < 128) { out.push(n); n = shift = 0 }
    }
    return out
  }
}
