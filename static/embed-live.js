'use strict'
// The embed that trains: the page's own program in its reduced view. This joins it to the page
// around it: what happens is told, what is asked is pressed, and nothing runs that nobody sees.
const cloveHost = globalThis.cloveHost = (() => {
  const say = () => document.getElementById('say')
  let press = () => {}, seen = true

  const write = text => {
    say().value = text
    say().dispatchEvent(new Event('input', { bubbles: true }))
  }

  addEventListener('DOMContentLoaded', () => {
    if (frame.sentence !== undefined) say().value = frame.sentence
    frame.sized()
  })

  return {
    controls: frame.query.get('controls') ?? '',
    home: frame.home(),
    lang: frame.lang,
    tell: frame.post,

    // listen: the program runs.
    listen(f) {
      press = f
      frame.on('start', () => press('start', ''))
      frame.on('setSentence', ({ text }) => { if (typeof text === 'string') write(text.slice(0, 400)) })
      new IntersectionObserver(all => {
        const now = all.at(-1).isIntersecting
        if (now !== seen) press('rest', (seen = now) ? 'seen' : 'unseen')
      }).observe(document.documentElement)
      frame.post('ready', { kind: 'live', controls: cloveHost.controls })
    },
  }
})()
