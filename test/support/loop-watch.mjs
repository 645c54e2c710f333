/**
 * Loaded into a process ahead of its own code (`node --import`). From SIGUSR2 on the process itself looks at its event loop and logs
 * what held it: the time that its main thread worked between two ticks, which a busy machine does not lengthen as it does the clock.
 */
import process from 'node:process';

const TICK_MS = 10;
const TOLD_FROM_MS = 40;
let watching = false;

process.on('SIGUSR2', () => {
  if (watching) return;
  watching = true;
  console.log(JSON.stringify({ message: 'event loop is watched' }));
  tick(process.threadCpuUsage(), performance.now());
});

function tick(usedBefore, at) {
  setTimeout(() => {
    const used = process.threadCpuUsage();
    const cpuMs = (used.user + used.system - usedBefore.user - usedBefore.system) / 1000;
    const wallMs = performance.now() - at;
    const heldMs = Math.round(Math.min(cpuMs, wallMs));
    if (heldMs >= TOLD_FROM_MS) console.log(JSON.stringify({ message: 'event loop held', held_ms: heldMs, wall_ms: Math.round(wallMs) }));
    tick(process.threadCpuUsage(), performance.now());
  }, TICK_MS).unref();
}
