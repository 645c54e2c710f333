/** What a message asks of the offline responder. */
export type Command =
  | { readonly name: 'help' | 'skills' }
  | { readonly name: 'usage'; readonly usage: string }
  /** `explicit`: the person named the tool, so it is called whether it was offered or not. */
  | { readonly name: 'call'; readonly tool: string; readonly argumentsJson: string; readonly explicit: boolean }
  | { readonly name: 'none'; readonly text: string };

/** Reads a slash command; anything that is none of them, an unknown `/word` included, is plain text. */
export function readCommand(message: string): Command {
  const [, word = '', rest = ''] = /^\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(message) ?? [];
  switch (word.toLowerCase()) {
    case 'help':
      return { name: 'help' };
    case 'skills':
      return { name: 'skills' };
    case 'time':
      return { name: 'call', tool: 'current_time', argumentsJson: '{}', explicit: false };
    case 'remember':
      return readCall('remember', 'memory_save', 'content', rest);
    case 'recall':
      return readCall('recall', 'memory_search', 'query', rest);
    case 'skill':
      return readSkill(rest);
    default:
      return { name: 'none', text: message };
  }
}

function readCall(command: string, tool: string, field: string, rest: string): Command {
  const text = rest.trim();
  if (text === '') return { name: 'usage', usage: `/${command} <text>` };
  return { name: 'call', tool, argumentsJson: JSON.stringify({ [field]: text }), explicit: false };
}

function readSkill(rest: string): Command {
  const [, tool, json = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest.trim()) ?? [];
  if (tool === undefined) return { name: 'usage', usage: '/skill <name> <json>' };
  return { name: 'call', tool, argumentsJson: json === '' ? '{}' : json, explicit: true };
}
