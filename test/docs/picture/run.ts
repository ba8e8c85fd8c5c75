// `npm run picture`: draws docs/first-screen.png and its dark twin from the real page and terminal,
// and writes the text that they show. Needs Linux and a Chromium.

import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { chromiumProgram, PROGRAMS } from '../../runtime/pages/chromium-program.ts';
import { draw, type Look, VIEWPORT, WIDTH } from './draw.ts';
import { asText, firstScreen, hasTerminal, PAGE, type Screen, SHOWN_URL } from './first-screen.ts';

const FILES: Readonly<Record<Look, string>> = {
  light: 'docs/first-screen.png',
  dark: 'docs/first-screen-dark.png',
};

/** Sharp on most screens, and small enough to load at once. */
const SCALE = 1.75;

if (!hasTerminal) throw new Error('npm run picture needs Linux, and `script` of util-linux.');
if (chromiumProgram === undefined) throw new Error(`No browser at ${PROGRAMS.join(', ')}.`);

const browser = await chromium.launch({
  executablePath: chromiumProgram,
  args: ['--no-sandbox', '--font-render-hinting=none'],
});
try {
  await firstScreen(async (screens, url) => {
    writeFileSync('docs/first-screen.txt', asText(screens));
    for (const look of ['light', 'dark'] as const) {
      writeFileSync(FILES[look], await picture(screens, await pageOf(url, look), look));
    }
  });
} finally {
  await browser.close();
}

/** The page as a browser shows it, with the port that people see. */
async function pageOf(url: string, look: Look): Promise<Buffer> {
  const context = await browser.newContext({
    viewport: VIEWPORT,
    colorScheme: look,
    deviceScaleFactor: 2,
  });
  const page = await context.newPage();
  await page.route(`${SHOWN_URL}/**`, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace(SHOWN_URL, url) });
    await route.fulfill({ response, body: (await response.text()).replaceAll(url, SHOWN_URL) });
  });
  await page.goto(SHOWN_URL + PAGE);
  const image = await page.screenshot();
  await context.close();
  return image;
}

async function picture(screens: readonly Screen[], page: Buffer, look: Look): Promise<Buffer> {
  const context = await browser.newContext({
    viewport: { width: WIDTH, height: 400 },
    deviceScaleFactor: SCALE,
  });
  const drawing = await context.newPage();
  await drawing.setContent(draw(screens, page, look));
  const image = await drawing.locator('body').screenshot({ omitBackground: true });
  await context.close();
  return image;
}
