// The preset mail in a tab: real letters, spam or ham, five epochs. It prints what
// the page says, and how long the page's own thread was kept from drawing.
import { browser, fact, phase, press, profile, serve, step, text, visit } from '../lib.mjs'
import { gaps } from './watch.mjs'

const server = await serve()
const home = await profile()
const context = await browser(home.dir)
try {
  const page = await visit(context, server.url)
  await page.selectOption('#ds', 'mail')
  await press(page, 'Train a spam judge')
  await phase(page, 'training')
  const quiet = await gaps(page)
  const began = Date.now()
  const speeds = []
  let seen = 0
  while (await page.evaluate(() => ['reading', 'training'].includes(document.getElementById('clove').dataset.state))) {
    const now = await step(page)
    const speed = Number((await text(page, '.now')).match(/([\d,.]+) texts\/s/)?.[1].replaceAll(',', '') ?? 0)
    if (speed > 0 && now > seen) speeds.push(speed)
    seen = Math.max(seen, now)
    await new Promise(ok => setTimeout(ok, 1000))
  }
  await phase(page, 'trained')
  const seconds = (Date.now() - began) / 1000
  const answered = await quiet()
  speeds.sort((a, b) => a - b)
  console.log(`mail in the tab: test accuracy ${await fact(page, 'train', 'test accuracy')}, weights ${await fact(page, 'train', 'weights')}`)
  console.log(`  ${seconds.toFixed(0)} s for ${seen} steps with the test, ${speeds[speeds.length >> 1] ?? '–'} texts/s (median)`)
  console.log(`  ${answered}`)
  if (page.errors.length) console.log(`  the page complained: ${page.errors.join('; ')}`)
} finally {
  await context.close()
  await server.stop()
  await home.remove()
}
