// The Chromium that is installed, if there is one, and pages that note what goes wrong in them.
import { chromium } from 'playwright-core';
import { output } from '../../tooling/run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const executablePath = NAMES.map((name) => output('sh', ['-c', `command -v ${name}`])).find(Boolean);

/** Why tests in a browser are skipped, or false. */
export const withoutChromium = !executablePath && 'there is no Chromium (on Debian: apt-get install chromium)';

export function startChromium() {
  // It runs as root in containers, where its sandbox does not work. It sees nothing but this project's pages.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/**
 * Opens a page in a browser that has no memory. `complaints` are its console's errors and the violations of its
 * Content-Security-Policy; `hosts` are those that it asked.
 */
export async function openPage(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const complaints = [];
  const hosts = new Set();
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(`${error}`));
  page.on('request', (request) => request.url().startsWith('data:') || hosts.add(new URL(request.url()).host));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error(`blocked by ${violatedDirective}: ${blockedURI}`));
  });
  await page.goto(url);
  return { page, complaints, hosts };
}
