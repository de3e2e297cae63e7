// Tokenizer: runs of letters, marks and digits, ' or ’ within; any other character alone; white
// space and <br /> only separate. A token is [text, start, end].
clove.tokenizers.words = raw => {
  const text = clove.whole(raw), out = []
  const at = i => i < text.length ? String.fromCodePoint(text.codePointAt(i)) : ' '
  const isWord = c => clove.letters(c.codePointAt(0)) !== undefined
  const lineBreak = /<[bB][rR] *\/?>/y
  for (let i = 0; i < text.length;) {
    const from = i, c = at(i)
    lineBreak.lastIndex = i
    if (isWord(c)) {
      for (let next = c; isWord(next) || /['’]/.test(next) && isWord(at(i + 1)); next = at(i)) i += next.length
    } else if (clove.isSpace(c)) {
      i += c.length
      continue
    } else if (lineBreak.test(text)) {
      i = lineBreak.lastIndex
      continue
    } else i += c.length
    out.push([clove.fold(text.slice(from, i)), from, i])
  }
  return out
}
