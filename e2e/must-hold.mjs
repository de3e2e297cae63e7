// A reporter for node --test: what the tests print of themselves (lines with a #), and
// what failed.
export default async function* report(source) {
  let failed = 0, passed = 0
  for await (const { type, data } of source) {
    if (type === 'test:stdout') for (const line of data.message.split('\n')) if (line.startsWith('# ')) yield line.slice(2) + '\n'
    if (type === 'test:pass' && data.details.type !== 'suite') {
      if (!data.skip) passed++
      yield data.skip ? `– ${data.name}: ${data.skip === true ? 'skipped' : data.skip}\n` : `✓ ${data.name}\n`
    }
    if (type === 'test:fail') {
      failed++
      yield `✗ ${data.name}: ${data.details.error?.cause?.message ?? data.details.error?.message}\n`
    }
  }
  yield `${passed} hold, ${failed} do not\n`
}
