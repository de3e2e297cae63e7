// The LSTM, gates in order i, f, g, o: c = σ(f)·c + σ(i)·tanh(g), h = σ(o)·tanh(c). The states of
// the text before are kept as far as this one begins the same, so that typing on costs one token.
clove.nets.lstm = (w, E, H) => {
  const sigmoid = x => 1 / (1 + Math.exp(-x)), zero = new Float32Array(H)
  const into = w['lstm.weight_ih_l0'], back = w['lstm.weight_hh_l0'], embedding = w['embedding.weight']
  const bias = w['lstm.bias_ih_l0'].map((b, i) => b + w['lstm.bias_hh_l0'][i])
  const dot = (m, row, v, from, n) => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += m[row * n + i] * v[from + i]
    return sum
  }
  const added = new Map() // what a token adds to the gates
  const adds = id => {
    if (!added.has(id)) added.set(id, bias.map((b, row) => b + dot(into, row, embedding, id * E, E)))
    return added.get(id)
  }
  let read = [] // of the text before: [id, h, c] of each token
  return ids => {
    let t = 0
    while (t < ids.length && read[t]?.[0] === ids[t]) t++
    read.length = t
    for (; t < ids.length; t++) {
      const [, before, cell] = read[t - 1] ?? [0, zero, zero], x = adds(ids[t])
      const h = new Float32Array(H), c = new Float32Array(H)
      for (let k = 0; k < H; k++) {
        const gate = g => x[g * H + k] + dot(back, g * H + k, before, 0, H)
        c[k] = sigmoid(gate(1)) * cell[k] + sigmoid(gate(0)) * Math.tanh(gate(2))
        h[k] = sigmoid(gate(3)) * Math.tanh(c[k])
      }
      read.push([ids[t], h, c])
    }
    return read.map(([, h]) => h)
  }
}
