// Which variables of the host every program of servers.yaml inherits. Neither the host's own
// settings nor what Azure gives to the app are among them: they hold its identity and its keys.

const UNIX =
  /^(HOME|PATH|LANG|LC_[A-Z_]+|TZ|TMPDIR|USER|LOGNAME|NODE_EXTRA_CA_CERTS|SSL_CERT_[A-Z]+)$/;

const WINDOWS = new RegExp(
  [
    UNIX.source,
    '^(USERPROFILE|HOMEDRIVE|HOMEPATH|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES(\\(X86\\))?)$',
    '^(TEMP|TMP|USERNAME|USERDOMAIN|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT)$',
    '^(NUMBER_OF_PROCESSORS|PROCESSOR_ARCHITECTURE|OS)$',
  ].join('|'),
);

/** On Windows names are in upper case, as it does not tell `Path` from `PATH`. */
export function inheritedVariables(
  source: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Readonly<Record<string, string>> {
  const isWindows = platform === 'win32';
  const inherited: Record<string, string> = {};
  for (const [written, value] of Object.entries(source)) {
    const name = isWindows ? written.toUpperCase() : written;
    if (value !== undefined && (isWindows ? WINDOWS : UNIX).test(name)) inherited[name] = value;
  }
  return Object.freeze(inherited);
}
