// Recognizes the error of a package whose native part is missing, and explains the fix.

/** Words of Node, of the packages that load native parts, and of those that come in one package
 * for each system. */
const SIGNS = [
  /Cannot find module ['"][^'"]*\.node['"]/,
  /Could not locate the bindings file/,
  /No native build was found for/,
  /Cannot find module ['"]?@?[\w./-]*?(linux|darwin|win32)-(x64|arm64|ia32|musl)[\w-]*['"]?/,
  /Could not load the ["'][\w-]+["'] module using the \w+-\w+ runtime/,
];

/** The innermost package of a path in the text. */
const PACKAGE = /node_modules[\\/]((?:@[\w.-]+[\\/])?[\w.-]+)(?![\s\S]*node_modules[\\/])/;

/**
 * @param stderr the end of what a program has printed before it ended.
 * @returns the sentence for the operator, or undefined when nothing speaks for a missing part.
 */
export function explainMissingPart(stderr: string): string | undefined {
  const sign = SIGNS.map((each) => each.exec(stderr)).find(Boolean);
  if (!sign) return undefined;
  const lines = stderr.slice(sign.index);
  const found = PACKAGE.exec(lines.split('\n').find((line) => PACKAGE.test(line)) ?? '')?.[1];
  const name = found?.replaceAll('\\', '/');
  return `A native part of ${name ?? 'a package'} is missing. Such parts are not installed when .npmrc has \`ignore-scripts=true\`, or when you install on a different system. Fix: npm rebuild ${name ?? '<package>'} --ignore-scripts=false, on the system where the host runs. If the package has one native part for each system, run npm install with the --os and --cpu of that system.`;
}
