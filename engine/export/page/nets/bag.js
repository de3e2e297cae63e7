// A bag of embeddings: the mean of the rows of the tokens so far.
clove.nets.bag = (w, E) => {
  const embedding = w['embedding.weight']
  return ids => {
    const sum = new Float64Array(E)
    return ids.map((id, n) => Float32Array.from(sum, (_, i) => (sum[i] += embedding[id * E + i]) / (n + 1)))
  }
}
