/** One process of a system under measurement: started, known to be ready, looked at from outside, stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const READY_MS = 60_000;
const CLOCK_TICKS_PER_SECOND = 100;

/** @param options `profile`: a folder for a CPU profile of the process's whole life */
export function startProcess(script, env, { profile, args = [] } = {}) {
  const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
  const child = spawn(process.execPath, [...flags, script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-4000);
  });
  const exited = once(child, 'exit');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill); // a measurement that breaks off leaves nothing behind
  void exited.then(() => process.off('exit', kill));
  return {
    /** Resolves once `look` does not throw; fails when the process ends first. */
    async ready(look) {
      const deadline = performance.now() + READY_MS;
      for (;;) {
        if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}\n${errors}`);
        const thrown = await look().then(
          () => null,
          (reason) => reason,
        );
        if (thrown === null) return;
        if (performance.now() > deadline) throw new Error(`${script} is not ready`, { cause: thrown });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    /** CPU time used so far, in milliseconds, user and system. */
    cpuMs() {
      const [, after] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ');
      const fields = after.split(' ');
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_SECOND;
    },
    /** Resident memory in MB. */
    rssMb() {
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}
