// Writes docs/results.md: every recipe, and what is set beside them, on the model of the
// preset imdb. `make results` runs it; it needs the set imdb in CLOVE_DATA, else in
// ../shared/data. What was made stays in .cache/results, and a variant whose pipeline and
// original are the same is not made again: `rm -r .cache/results` to start over. The page is
// written anew after each variant, so that a run cut short leaves what it measured.
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"

const data = `${process.env.CLOVE_DATA ?? "../shared/data"}/imdb`
const work = ".cache/results"
if (!existsSync(data)) fail("needs the set imdb in CLOVE_DATA")
mkdirSync(work, { recursive: true })

function fail(why) {
  console.error(why)
  process.exit(1)
}

// Nothing of the pipeline but what stands in the tables is printed.
function run(program, args) {
  const r = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] })
  if (r.status !== 0) fail(`${program} ${args.join(" ")} ended with ${r.status}`)
  return r.stdout
}

const events = text => text.trim().split("\n").map(line => JSON.parse(line))
const kept = (name, key, make) => {
  const file = `${work}/${name}.json`
  if (existsSync(file)) {
    const old = JSON.parse(readFileSync(file, "utf8"))
    if (old.key === key) return old.value
  }
  console.error(name)
  const value = make()
  writeFileSync(file, JSON.stringify({ key, value }))
  return value
}

const original = `${work}/imdb.safetensors`
const spec = run("bin/clove", ["train", "--spec", "imdb", "--print-spec"])
const trained = kept("imdb", spec, () =>
  events(run("bin/clove", ["train", "--spec", "imdb", "--data", data, "--out", original, "--json"])).at(-1))

const made = new Map() // by pipeline: two recipes may be the same one
function shrink(name, pipeline) {
  if (!made.has(pipeline)) made.set(pipeline, compress(name, pipeline))
  return made.get(pipeline)
}

function compress(name, pipeline) {
  return kept(name, `${pipeline} of ${trained.weights_sha256}`, () => {
    const began = Date.now()
    const all = events(run("bin/clove", ["compress", "--model", original, "--pipeline", pipeline, "--data", data, "--out", `${work}/${name}.safetensors`, "--json"]))
    const { variant } = all.find(e => e.event === "compressed")
    delete variant.flips
    return { ...variant, seconds: (Date.now() - began) / 1000 }
  })
}

const count = n => n.toLocaleString("en-US")
const points = x => (100 * x).toFixed(2)
const table = (head, rows) => [head, head.map(() => "---"), ...rows].map(r => `| ${r.join(" | ")} |`).join("\n")

function row(name, v, held) {
  const d = v.versus
  const p = d.mcnemar < 0.001 ? "< 0.001" : d.mcnemar.toFixed(3)
  return [name, count(v.file_bytes), `${points(v.file_bytes / trained.file_bytes)} %`,
    `${points(v.test.accuracy)} (${points(v.test.low)}–${points(v.test.high)})`,
    `${points(d.lost)} (${points(d.low)}–${points(d.high)})`, p, `${points(d.agreement)} %`,
    `${v.latency_ms.toFixed(2)} (${v.latency_q1.toFixed(2)}–${v.latency_q3.toFixed(2)})`, `${v.seconds.toFixed(0)} s`, held]
}

function promise(r, v) {
  const wants = []
  if (r.size) wants.push([`≤ ${+(100 * r.size).toFixed(1)} %`, v.file_bytes <= r.size * trained.file_bytes])
  if (r.bytes) wants.push([`≤ ${count(r.bytes)} bytes`, v.file_bytes <= r.bytes])
  if (r.lost) wants.push([`≤ ${+(100 * r.lost).toFixed(1)} points`, v.versus.lost <= r.lost])
  return wants.map(([text, held]) => `${text} ${held ? "held" : "**not held**"}`).join(", ")
}

const head = ["variant", "bytes", "of f32", "test accuracy, % (95 %)", "points lost (95 %)", "McNemar's p", "agrees", "ms a text (quartiles)", "made in", "promised"]
const recipes = JSON.parse(run("bin/clove", ["recipes", "--json"]))
const bag = recipes.find(r => r.name === "distilled-bag").pipeline
const one = recipes.find(r => r.name === "binary").pipeline
const beside = [
  ["the same bag without a teacher, as fastText trains", "bag-alone", bag.replace("distill=bag", "distill=bag/alpha0")],
  ["more words, narrower", "bag-words", "distill=bag/words6400/embedding2/epochs12,quantize=int4/tensor/mse,huffman"],
  ["half precision", "float16", "half=float16"],
  ["half precision, bfloat16", "bfloat16", "half=bfloat16"],
  ["int8, the state calibrated", "int8-calibrated", "quantize=int8/mse/calibrated"],
  ["int8, the state by each step's greatest", "int8-dynamic", "quantize=int8/dynamic"],
  ["16 values a matrix", "cluster", "cluster=4"],
  ["16 values a matrix, and Huffman's codes", "cluster-huffman", "cluster=4,huffman"],
  ["product quantisation", "pq", "pq=16"],
  ["low rank", "rank", "rank=16"],
  ["5,000 words, by use", "words", "words=5000"],
  ["5,000 words, by effect", "words-effect", "words=5000/effect"],
  ["the article's Max(x, 0)", "positive", "positive"],
  ["90 % pruned at once, nothing tuned", "prune-once", "prune=0.9/lstm/linear"],
  ["4 bits, trained without a teacher", "int4-qat-alone", "qat=int4/group32/epochs1"],
  ["binary, plain ±1, as Ott 2016 tried", "binary-plain", one.replace("learned", "plain")],
  ["binary, plain, without a teacher", "binary-plain-alone", one.replace("learned", "plain").replace("/teacher", "")],
  ["binary, a mean length a row", "binary-mean", one.replace("learned", "mean")],
  ["ternary", "ternary", one.replace("binary", "ternary")],
  ["half of the units", "units", "units=0.5,finetune=1/teacher"],
  ["90 % pruned without a teacher", "prune90-alone", "prune=0.9/lstm/linear/gradual3,finetune=1"],
]

const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim()
const revision = git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/results.md") ? " with changes" : "")

const rows = [], besides = []
let linear = []
let waiting = [...recipes.map(r => r.name), "linear", ...beside.map(([, file]) => file)]
const measured = name => {
  waiting = waiting.filter(w => w !== name)
  write()
}
for (const r of recipes) {
  const v = shrink(r.name, r.pipeline)
  rows.push(row(`**${r.name}**`, v, promise(r, v)))
  measured(r.name)
}
linear = kept("linear", readFileSync("docs/results/linear/main.go", "utf8"), () => events(run("go", ["run", "./docs/results/linear", data])))
measured("linear")
for (const [name, file, pipeline] of beside) {
  besides.push([name, `\`${pipeline}\``, ...row("", shrink(file, pipeline), "").slice(1, -1)])
  measured(file)
}

function write() {
  writeFileSync("docs/results.md", `# Results

Written by \`make results\`; do not edit. ${new Date().toISOString().slice(0, 10)}, revision ${revision}, ${cpus().length} threads of ${cpus()[0].model.trim()}.

The original is \`clove train --spec imdb --data imdb\`: ${points(trained.test.accuracy)} % of ${count(trained.test.texts)} test reviews
(95 %: ${points(trained.test.low)}–${points(trained.test.high)}), ${count(trained.file_bytes)} bytes, weights SHA-256 \`${trained.weights_sha256}\`.
Every variant is of it, with its seed, split and order of batches. Bytes are the whole file's, vocabulary
included. Lost is the original's test accuracy less the variant's, with the interval of the difference over
the same texts (Agresti & Min 2005); McNemar's exact test says how often chance alone would do that. A
time is the median of one text at a time, natively, one thread; quartiles far apart, and what it took to make
one, tell of other work on the same machine.
${waiting.length ? `\n**Not measured yet in this run: ${waiting.join(", ")}.**\n` : ""}
## Recipes

\`clove compress --model imdb.safetensors --recipe NAME --data imdb --out small.safetensors\`

${table(head, rows)}

${recipes.map(r => `- ${r.name}: \`${r.pipeline}\``).join("\n")}

## Beside them

${table(["variant", "pipeline", ...head.slice(1, -1)], besides)}

## The honest baseline

A linear model of words and pairs of words, trained on the same texts (docs/results/linear), is better than
the LSTM on these long reviews, and what its file needs is told the same way:

${table(["model", "bytes", "test accuracy, % (95 %)"], linear.map(l => [l.name, count(l.bytes), `${points(l.test.accuracy)} (${points(l.test.low)}–${points(l.test.high)})`]))}

## On a graphics card

Not measured: no card could be had for this page. Chromium's software adapter, a processor that plays the
card, shows that the kernels are right, not that they are fast: it passes the device's tests, and 200 steps of
\`names\` have every loss within 3 parts in ten million of the processor's (\`node --test e2e/webgpu.test.mjs\`);
where a step's time goes there: docs/slow/gpu.txt. Whoever has a card finds its figures by \`Measure this machine\`.
Weights of 8 and 4 bits multiplied packed answer there within 1e-5 of the decoded ones, though two to four times slower than
float32 (a processor unpacks each code alone; whether a card gains by the bytes saved is not known), and a card lost in mid-run
costs 250 steps at most, as a rule a fiftieth of the time. \`make bench-web\` prints W with each kernel's share.

## What others found

| | set | accuracy before, after | size | |
|---|---|---|---|---|
| NB-SVM, words and pairs | IMDB | 91.22 | | Wang & Manning 2012 |
| fastText-like mean of embeddings, words / and pairs | IMDB | 88.13 / 90.56 | | keras-team/keras, imdb_fasttext.py |
| fastText.zip, product quantisation and pruned words | AG News | 92.4, 92.0 | 387 MB to 1.6 MB | Joulin et al. 2016 |
| tensor trains for the embedding | IMDB, LSTM | 88.6, 89.7 | embedding 441 times | Khrulkov et al. 2019 |
| clustering, tuned | IMDB, mean of embeddings | 90.4, 90.2 | | NeuroCrushers/model-compression-course |
| binary weights in recurrent nets | | don't work | | Ott et al. 2016, arXiv:1608.06902 |
| … with normalisation | | work | up to 12 times | Ardakani et al. 2019, arXiv:1809.11086 |
`)
}
