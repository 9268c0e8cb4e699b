// Looks at pages in a browser, as people with different screens, eyes and settings do, and says what it saw as one line
// of JSON. It judges nothing.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const task = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const require = createRequire(join(task.packages, 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const desktop = { viewport: { width: 1280, height: 800 } };
const views = {
  desktop: { ...desktop, colorScheme: 'light' },
  dark: { ...desktop, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true },
  forced: { ...desktop, forcedColors: 'active' },
};

const browser = await chromium.launch({
  executablePath: task.program,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--hide-scrollbars'],
  env: { ...process.env, ...task.environment },
});

const open = async (url, options, use) => {
  const context = await browser.newContext(options);
  const seen = { requests: [], console: [], violations: [] };
  await context.exposeFunction('tellViolation', (text) => seen.violations.push(text));
  await context.addInitScript(() => {
    const tell = (event) => window.tellViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
    document.addEventListener('securitypolicyviolation', tell);
  });
  const page = await context.newPage();
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) seen.requests.push(request.url());
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) seen.console.push(message.text());
  });
  page.on('pageerror', (error) => seen.console.push(String(error)));
  const response = await page.goto(url, { waitUntil: 'networkidle' });
  seen.status = response?.status() ?? 0;
  seen.title = await page.title();
  await use(page, seen);
  await context.close();
  return seen;
};

const looks = [];
for (const { name, url } of task.pages) {
  for (const [view, options] of Object.entries(views)) {
    // as it is delivered
    const plain = await open(url, options, async (page, seen) => {
      seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      await page.screenshot({ path: join(task.pictures, `${name}-${view}.png`), fullPage: true });
    });
    // with the policy lifted, or the checker could not run
    let axeFound = [];
    await open(url, { ...options, bypassCSP: true }, async (page) => {
      await page.evaluate(axe);
      const result = await page.evaluate(() => window.axe.run(document));
      axeFound = result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(' ')}`);
    });
    looks.push({ name, view, ...plain, axe: axeFound });
  }
}
await browser.close();
console.log(JSON.stringify(looks));
