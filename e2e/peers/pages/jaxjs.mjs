// jax-js. It has no scan, so the LSTM is a loop of 128 steps which jit traces once. jit
// refuses a gradient through take, a scatter: the embedding's lookup stands outside it.
import { defaultDevice, grad, init, jit, nn, numpy as np, tree, valueAndGrad, blockUntilReady } from '/node_modules/@jax-js/jax/dist/index.js'
import { B, SIZES, T, V, answered, inferred, random, texts, time, trained } from '/w.mjs'

export async function main({ backend, size, hard }, say) {
  const { version } = await (await fetch('/node_modules/@jax-js/jax/package.json')).json()
  say({ version })
  if (!(await init(backend)).includes(backend)) throw new Error(`the backend ${backend} does not start`)
  defaultDevice(backend)

  const { E, H } = SIZES[size], r = random(7), k = 1 / Math.sqrt(H)
  const draw = (shape, s) => np.array(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (2 * r() - 1) * s)).reshape(shape)
  let emb = draw([V, E], 1.7)
  let rest = { wx: draw([E, 4 * H], k), wh: draw([H, 4 * H], k), b: draw([4 * H], k), head: draw([H, 1], k), bias: draw([1], k) }

  // logits of x [T·N, E], step by step. A value is spent by its use; .ref keeps it.
  const logits = (p, x) => {
    const N = x.shape[0] / T
    const steps = np.matmul(x, p.wx).add(p.b).reshape([T, N, 4 * H])
    let h = np.zeros([N, H]), c = np.zeros([N, H])
    for (let t = 0; t < T; t++) {
      const gates = steps.ref.slice(t).add(np.matmul(h, p.wh.ref))
      const gate = j => gates.ref.slice([], [j * H, (j + 1) * H])
      c = nn.sigmoid(gate(1)).mul(c).add(nn.sigmoid(gate(0)).mul(np.tanh(gate(2))))
      h = nn.sigmoid(gate(3)).mul(np.tanh(c.ref))
      gates.dispose()
    }
    c.dispose(); steps.dispose(); p.wh.dispose()
    return np.matmul(h, p.head).add(p.bias).reshape([N])
  }
  const loss = (p, x, y) => { const l = logits(p, x); return nn.softplus(l.ref).sub(l.mul(y)).mean() }
  const gradients = jit(valueAndGrad(loss, { argnums: [0, 1] }))
  // Adam, Kingma & Ba 2015; c1 and c2 undo the bias of m and v.
  const adam = jit((p, m, v, g, c1, c2) => {
    const next = [{}, {}, {}]
    for (const name of Object.keys(p)) {
      const m1 = m[name].mul(0.9).add(g[name].ref.mul(0.1)), v1 = v[name].mul(0.999).add(g[name].ref.mul(g[name]).mul(0.001))
      next[0][name] = p[name].sub(m1.ref.mul(c1.ref).mul(1e-3).div(np.sqrt(v1.ref.mul(c2.ref)).add(1e-8)))
      next[1][name] = m1
      next[2][name] = v1
    }
    c1.dispose(); c2.dispose()
    return next
  })

  const all = texts(), byTime = Int32Array.from({ length: T * B }, (_, i) => all.ids[i % B * T + Math.floor(i / B)])
  const ids = np.array(byTime, { dtype: np.int32 }), one = np.array(all.one, { dtype: np.int32 }), y = np.array(all.labels)
  const forward = jit((p, emb, ids) => logits(p, np.take(emb, ids, 0)))
  const answer = ids => async () => { await forward(tree.ref(rest), emb.ref, ids.ref).data() }
  const bounds = { hard: +hard }
  say(inferred(await time(answer(ids), bounds)))
  say(answered(await time(answer(one), bounds)))

  const zeros = p => tree.map(a => np.zeros(a.shape), p)
  let m = zeros({ emb, ...rest }), v = zeros({ emb, ...rest }), n = 0
  const losses = []
  say(trained(await time(async () => {
    n++
    const [l, [g, dx]] = gradients(tree.ref(rest), np.take(emb.ref, ids.ref, 0), y.ref)
    g.emb = grad(e => np.take(e, ids.ref, 0).mul(dx).sum())(emb.ref)
    let p
    ;[p, m, v] = adam({ emb, ...rest }, m, v, g, np.array([1 / (1 - 0.9 ** n)]), np.array([1 / (1 - 0.999 ** n)]))
    ;({ emb, ...rest } = p)
    losses.push((await l.data())[0])
    await blockUntilReady(p)
  }, bounds)))
  say({ losses: [losses[0], losses.at(-1)] })
}
