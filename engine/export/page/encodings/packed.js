// Codes of 1 to 8 bits: a row is cut into planes, one for each power of two in the bits, a plane of
// w bits into blocks of 128 / w codes; in a block of L bytes code i is in byte i mod L, at bit w·⌊i / L⌋.
clove.unpack = (bytes, rows, cols, bits) => {
  if (bytes.unpacked) return bytes // as huffman.js leaves them
  const out = new Uint8Array(rows * cols)
  let at = 0
  for (let r = 0; r < rows; r++) {
    let shift = 0
    for (const w of [8, 4, 2, 1]) {
      if (!(bits & w)) continue
      for (let from = 0; from < cols; from += 128 / w) {
        const n = Math.min(128 / w, cols - from), size = Math.ceil(n * w / 8)
        for (let i = 0; i < n; i++) out[r * cols + from + i] |= (bytes[at + i % size] >> w * Math.floor(i / size) & (1 << w) - 1) << shift
        at += size
      }
      shift += w
    }
  }
  return out
}
