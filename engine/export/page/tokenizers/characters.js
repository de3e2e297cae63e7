// Tokenizer: each character in lower case; any white space is " ". A token is [text, start, end].
clove.tokenizers.characters = text => {
  const out = []
  let at = 0
  for (const c of clove.whole(text)) out.push([clove.isSpace(c) ? ' ' : clove.fold(c), at, at += c.length])
  return out
}
