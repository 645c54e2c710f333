import type { HandledWork, NewWork } from '@openclaw/work';
import type { AnsweredRun, EndedRun, Feature, WorkerKernel } from './feature.js';
import type { Tool, ToolRun } from './tool.types.js';

/** What all features bring to a worker, as one. */
export interface MountedWorker {
  readonly works: readonly HandledWork[];
  /** The tools that the run's caller may use: a tool whose scope its token lacks is not there. */
  readonly toolsFor: (run: ToolRun) => Promise<readonly Tool[]>;
  readonly afterReply: (run: AnsweredRun) => NewWork[];
  readonly afterRun: (run: EndedRun) => NewWork[];
}

/** Loads the worker's side of each feature. @throws Error where two kinds of work have one name; of tools, when a run takes them */
export async function mountWorker(features: readonly Feature[], kernel: WorkerKernel): Promise<MountedWorker> {
  const sides = await Promise.all(features.flatMap((feature) => feature.worker?.(kernel) ?? []));
  const works = sides.flatMap((side) => side.works ?? []);
  checkNames(
    'kinds of work',
    works.map(({ kind }) => kind.name),
  );
  return {
    works,
    toolsFor: async (run) => {
      const tools = (await Promise.all(sides.map(async (side) => side.tools?.(run) ?? []))).flat();
      checkNames(
        'tools',
        tools.flatMap(({ definition, aliases = [] }) => [definition.name, ...aliases]),
      );
      return tools.filter(({ scope }) => run.caller.scopes.includes(scope)).map((tool) => (tool.ownWords ? tool : distrusted(tool, run)));
    },
    afterReply: (run) => sides.flatMap((side) => side.afterReply?.(run) ?? []),
    afterRun: (run) => sides.flatMap((side) => side.afterRun?.(run) ?? []),
  };
}

/** Whatever it brings, from its first call on the model has read somebody else's text. */
function distrusted(tool: Tool, { trust }: ToolRun): Tool {
  return {
    ...tool,
    execute: (args, call, signal) => {
      trust.lose();
      return tool.execute(args, call, signal);
    },
  };
}

function checkNames(what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two ${what} are called ${twice}`);
}
