/**
 * Decides whether the suites against real RocketMQ run: `RMQ_REAL=required|auto|off`, and `CI=true` means required.
 * A skipped suite says so where nobody can miss it; it never looks like a passed one.
 */
import { type Artifacts, findArtifacts, type RocketMQVersion } from './artifacts.js';

type Mode = 'required' | 'auto' | 'off';

/** `describe` for one version: runs `suite`, skips it loudly, or fails, as the environment and this machine allow. */
export function describeReal(version: RocketMQVersion, suite: (artifacts: Artifacts) => void): void {
  const title = `real RocketMQ ${version}`;
  const mode = modeFrom(process.env);
  const found = mode === 'off' ? { reason: 'RMQ_REAL=off' } : findArtifacts(version);
  if ('classPath' in found) {
    describe(title, () => suite(found));
  } else if (mode === 'required') {
    test(`${title} is available`, () => {
      throw new Error(`${found.reason}\nThe suite is required here (CI=true or RMQ_REAL=required).`);
    });
  } else {
    process.stderr.write(skipNotice(title, found.reason));
    test.skip(`${title}: NOT TESTED, ${firstLine(found.reason)}`, () => undefined);
  }
}

function modeFrom(env: NodeJS.ProcessEnv): Mode {
  const stated = env['RMQ_REAL'] ?? (env['CI'] === 'true' ? 'required' : 'auto');
  if (stated === 'required' || stated === 'auto' || stated === 'off') return stated;
  throw new Error(`RMQ_REAL is '${stated}'; it can be required, auto or off`);
}

function skipNotice(title: string, reason: string): string {
  const line = '!'.repeat(100);
  return `\n${line}\n!!! SKIPPED: ${title} was NOT tested.\n!!! ${reason.replaceAll('\n', '\n!!! ')}\n!!! RMQ_REAL=required makes this a failure.\n${line}\n\n`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
