// The reference of the tokenizers, written apart from the Go: regular expressions
// over code points in place of tables over bytes.
//
//	node tokens.mjs          compares it with tokens.json
//	node tokens.mjs --write  makes tokens.json anew: 1,000 cases
//
// The characters drawn are all older than Unicode 13, so that any Node from 14 on gives the same.
import { readFileSync, writeFileSync } from "node:fs";

// ---- the reference

const isWord = c => /^[\p{L}\p{M}\p{Nd}]$/u.test(c);
const isSpace = c => /^\p{White_Space}$/u.test(c);
const lower = c => String.fromCodePoint(c.toLowerCase().codePointAt(0)); // İ is the one that grows; its first is i

// decode gives each character with its place in bytes; a byte that begins no well-formed sequence (Unicode, table 3-7) is U+FFFD.
function decode(bytes) {
  const out = [];
  for (let i = 0; i < bytes.length;) {
    const b = bytes[i];
    const n = b < 0x80 ? 1 : b >= 0xc2 && b <= 0xdf ? 2 : b >= 0xe0 && b <= 0xef ? 3 : b >= 0xf0 && b <= 0xf4 ? 4 : 0;
    const low = { 0xe0: 0xa0, 0xf0: 0x90 }[b] ?? 0x80;
    const high = { 0xed: 0x9f, 0xf4: 0x8f }[b] ?? 0xbf;
    let good = n > 0 && i + n <= bytes.length;
    for (let k = 1; good && k < n; k++) {
      good = bytes[i + k] >= (k === 1 ? low : 0x80) && bytes[i + k] <= (k === 1 ? high : 0xbf);
    }
    const size = good ? n : 1;
    out.push({ c: good ? bytes.subarray(i, i + n).toString("utf8") : "\ufffd", from: i, to: i + size });
    i += size;
  }
  return out;
}

function words(bytes) {
  const chars = decode(bytes);
  const shape = chars.map(({ c }) => (isWord(c) ? "w" : c === "'" || c === "’" ? "'" : isSpace(c) ? " " : c.length > 1 ? "?" : c)).join("");
  const tokens = [];
  for (const m of shape.matchAll(/(?<word>w+(?:'w+)*)|(?<br><(?=.)[^]{2} *\/?>)|(?<other>[^ w])| /gsu)) {
    const at = m.index;
    const part = chars.slice(at, at + m[0].length);
    if (m.groups.br !== undefined) {
      if (/^<br *\/?>$/i.test(part.map(p => p.c).join(""))) continue;
      tokens.push([lower("<"), part[0].from, part[0].to]);
      tokens.push(...words(bytes.subarray(part[1].from)).map(([t, f, u]) => [t, f + part[1].from, u + part[1].from]));
      return tokens;
    }
    if (m[0] === " ") continue;
    const text = part.map(p => (m.groups.word !== undefined && p.c === "’" ? "'" : lower(p.c))).join("");
    tokens.push([text, part[0].from, part.at(-1).to]);
  }
  return tokens;
}

function characters(bytes) {
  return decode(bytes).map(({ c, from, to }) => [isSpace(c) ? " " : lower(c), from, to]);
}

// ---- the cases

let state = 1;
function draw(n) { // xorshift32
  state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0;
  return state % n;
}
const pick = list => list[draw(list.length)];
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i));

const scripts = {
  latin: [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"],
  latin1: range(0xc0, 0xff), extended: range(0x100, 0x24f), additional: range(0x1e00, 0x1eff),
  greek: [...range(0x391, 0x3a1), ...range(0x3a3, 0x3c9), ...range(0x1f08, 0x1f0f), "ς", "Ω", "ᾈ"],
  cyrillic: range(0x400, 0x481), armenian: range(0x531, 0x556), georgian: [...range(0x10a0, 0x10c5), ...range(0x1c90, 0x1cba)],
  hebrew: [...range(0x5d0, 0x5ea), ...range(0x5b0, 0x5b9)], arabic: [...range(0x620, 0x64a), ...range(0x64b, 0x652), ...range(0x660, 0x669)],
  devanagari: [...range(0x905, 0x939), ...range(0x93e, 0x94d), ...range(0x966, 0x96f)], bengali: range(0x985, 0x98c), tamil: range(0xb85, 0xb8a),
  thai: [...range(0xe01, 0xe3a), ...range(0xe40, 0xe4e)], hangul: range(0xac00, 0xac40), kana: [...range(0x3041, 0x3096), ...range(0x30a1, 0x30fa)],
  han: range(0x4e00, 0x4e60), ethiopic: range(0x1200, 0x1240), cherokee: [...range(0x13a0, 0x13f5), ...range(0xab70, 0xab90)],
  deseret: range(0x10400, 0x1044f), adlam: range(0x1e900, 0x1e943), gothic: range(0x10330, 0x1034a), plane2: range(0x20000, 0x20020),
  fullwidth: [...range(0xff10, 0xff19), ...range(0xff21, 0xff3a), ...range(0xff41, 0xff5a)], digits: range(0x30, 0x39),
  marks: range(0x300, 0x36f), odd: ["İ", "ı", "ẞ", "ß", "K", "Å", "Ⅷ", "ⅷ", "Ⓐ", "½", "²", "ª", "ǅ", "ﬁ", "ŉ"],
};
const spaces = [" ", " ", " ", "  ", "\t", "\n", "\r\n", "\u0085", "\u00a0", "\u2003", "\u2028", "\u3000", "\u1680", "\u202f"];
const marks = [..."!?.,;:-–—…\"()[]{}<>/\\|@#$%^&*_+=~`«»„“”‘‚¿¡、。！？・€£°©™№§†•"];
const apostrophes = ["'", "’", "''", "'’", "ʼ", "‘", "`"];
const emoji = ["😀", "👍🏽", "❤️", "👩‍👩‍👧", "🇩🇪", "☕", "🙂"];
const breaks = ["<br />", "<br/>", "<br>", "<BR />", "<Br  >", "<br / >", "< br/>", "<br", "<br /", "<brx>", "<br /><br />", "<b>", "</br>"];
const invisible = ["\u200b", "\u200d", "\ufeff", "\u00ad", "\u200e", "\u0001", "\u001c", "\u007f", "\ufffd", "\u0000"];
const bad = [[0x80], [0xff], [0xc3], [0xe2, 0x82], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x9f, 0x98], [0xe9]];

const names = Object.keys(scripts);
const word = () => {
  const s = scripts[draw(3) ? "latin" : pick(names)];
  let w = Array.from({ length: 1 + draw(7) }, () => pick(s)).join("");
  if (draw(6) === 0) w += pick(scripts.marks);
  if (draw(6) === 0) w += pick(apostrophes) + (draw(4) ? pick(["s", "t", "re", "LL", "ü", "9"]) : "");
  if (draw(12) === 0) w += pick(pick([scripts.digits, scripts.han, scripts.odd]));
  return w;
};
const piece = () => pick([word, word, word, word, () => pick(marks), () => pick(apostrophes), () => pick(emoji), () => pick(breaks), () => pick(invisible), () => pick(scripts.odd)])();

const fixed = [
  "", " ", "Hello, world!", "Don't stop. Don’t.", "'tis the '90s, rock 'n' roll", "dogs' bones", "a''b a'’b a'b'c", "l’été d'Été", "x<br />y<br>z<BR/>",
  "3.5 stars 10/10", "İstanbul Iıİi", "ΑΣ ΣΑΣ", "STRAẞE straße", "e\u0301tude E\u0301", "\u0301a", "don\u00adt", "日本語のテキスト", "สวัสดี", "नमस्ते", "한국어 '한국'",
  "a\u200bb", "\ufeffBOM", "K Å", "👩‍👩‍👧 ok 👍🏽", "a\u0000b", "<br<br />", "<<br />>", "<br\n/>", "<b r>", "\\s \\ ␣", "<pad> <unk>", "1’000’000 1'0",
];

function makeCases() {
  const cases = fixed.map(text => Buffer.from(text));
  while (cases.length < 1000) {
    const parts = [];
    for (let n = 1 + draw(8); n > 0; n--) {
      if (draw(40) === 0) parts.push(Buffer.from(pick(bad)));
      parts.push(Buffer.from(piece() + (draw(3) ? pick(spaces) : "")));
    }
    cases.push(Buffer.concat(parts));
  }
  return cases;
}

const flat = tokens => tokens.flat();
const fromBytes = bytes => {
  const text = bytes.toString("utf8");
  const given = Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString("base64") }; // JSON can't hold what is not UTF-8
  return { ...given, words: flat(words(bytes)), characters: flat(characters(bytes)) };
};
const file = new URL("tokens.json", import.meta.url);
const write = cases => "[\n" + cases.map(c => JSON.stringify(fromBytes(c))).join(",\n") + "\n]\n";

if (process.argv[2] === "--write") {
  writeFileSync(file, write(makeCases()));
} else {
  const kept = readFileSync(file, "utf8");
  const again = write(JSON.parse(kept).map(c => Buffer.from(c.text ?? c.base64, c.text === undefined ? "base64" : "utf8")));
  if (again !== kept) {
    console.error("tokens.json is not what the reference says");
    process.exit(1);
  }
  console.log("1,000 cases agree");
}
