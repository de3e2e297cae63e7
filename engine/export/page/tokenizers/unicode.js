// Tables of Unicode as Clove has them, whatever the browser's: runs, each with how far it begins
// after the last one's end and how far it reaches, in base 36. What follows is its own.
clove.unicode = (text, width) => {
  const all = text.split(' ').map(s => parseInt(s, 36)), runs = []
  for (let i = 0, end = 0; i < all.length; i += width) {
    const first = end + all[i]
    runs.push([first, end = first + all[i + 1], ...all.slice(i + 2, i + width)])
  }
  return c => { // the run that c lies in
    let lo = 0, hi = runs.length
    while (lo < hi) {
      const mid = lo + hi >> 1
      if (runs[mid][1] < c) lo = mid + 1
      else hi = mid
    }
    return runs[lo]?.[0] <= c ? runs[lo] : undefined
  }
}

clove.isSpace = c => /^\p{White_Space}$/u.test(c)

// fold is a token in lower case, character by character, with ’ in a word as '.
clove.fold = token => Array.from(token, c => {
  if (c === '’' && token.length > 1) return "'"
  const code = c.codePointAt(0), run = clove.cases(code)
  return run && (code - run[0]) % run[2] === 0 ? String.fromCodePoint(code + run[3]) : c
}).join('')

// What is no character at all counts as U+FFFD.
clove.whole = text => text.replace(/\p{Surrogate}/gu, '\ufffd')
