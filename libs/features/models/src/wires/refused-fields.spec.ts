import { describe, expect, it } from '@jest/globals';
import { chatCompletionsWire } from './chat-completions-wire.js';
import { anthropicWire } from './anthropic-wire.js';
import { geminiWire } from './gemini-wire.js';
import { responsesWire } from './responses-wire.js';
import { RefusedFields } from './refused-fields.js';
import type { Ask, Wire } from './wire.types.js';

const ask: Ask = {
  model: 'gpt-5',
  prompt: [
    { role: 'system', content: 's', providerOptions: { anthropic: { cacheControl: {} } } },
    { role: 'user', content: [{ type: 'text', text: 'use tools, stream and think' }] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'x' },
      ],
    },
  ],
  tools: [{ name: 't', description: 'd', inputSchema: { type: 'object', properties: { cache_control: { type: 'string' } } } }],
  maxOutputTokens: 4000,
  thinking: 'low',
  stream: true,
};

describe('a refusal that names an optional field', () => {
  it.each<[Wire, string, string[]]>([
    [chatCompletionsWire, '{"error":{"message":"Unrecognized request argument supplied: stream_options"}}', ['stream_options']],
    [
      chatCompletionsWire,
      '{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}',
      ['stream_options'],
    ],
    [
      chatCompletionsWire,
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      ['max_tokens'],
    ],
    [chatCompletionsWire, 'registry.ollama.ai/library/gemma:2b does not support tools', ['tools']],
    [chatCompletionsWire, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', ['tools']],
    [chatCompletionsWire, "property 'reasoning_content' is unsupported", ['messages.reasoning_content']],
    [chatCompletionsWire, 'unknown field "reasoning_effort"', ['reasoning_effort']],
    [chatCompletionsWire, 'streaming is not supported by this deployment', ['stream']],
    [chatCompletionsWire, "body -> tools: extra fields not permitted ['tools']", ['tools']],
    [responsesWire, 'Encrypted content is not supported with this model.', ['include']],
    [responsesWire, "Unknown parameter: 'store'.", ['store']],
    [responsesWire, "Your organization must be verified to generate reasoning summaries: 'reasoning.summary'", ['reasoning.summary']],
    [anthropicWire, 'system.0.cache_control: Extra inputs are not permitted', ['system.cache_control']],
    [geminiWire, 'Invalid JSON payload received. Unknown name "thinkingConfig" at generation_config', ['generationConfig.thinkingConfig']],
    [chatCompletionsWire, 'The conversation must not be empty', []],
    [chatCompletionsWire, 'Invalid value in messages: no tools were found in the shed', []],
  ])('%#: is known by its field', (wire, refusal, fields) => {
    expect(new RefusedFields(wire.optional).namedIn(refusal, wire.body(ask))).toEqual(fields);
  });

  it('goes out without it, and what others wrote stays as it is', () => {
    const refused = new RefusedFields(anthropicWire.optional);
    const body = refused.apply(anthropicWire.body(ask), new Set(['system.cache_control', 'messages.cache_control', 'tools']));
    expect(body).toMatchObject({ system: [{ type: 'text', text: 's' }] });
    expect(JSON.stringify(body)).not.toMatch(/cache_control|"tools"/);
    expect(JSON.stringify(refused.apply(anthropicWire.body(ask)))).toContain('"cache_control":{"type":"string"}');
  });

  it('a limit goes out under its other name', () => {
    const refused = new RefusedFields(chatCompletionsWire.optional);
    refused.remember(['max_tokens']);
    expect(refused.apply(chatCompletionsWire.body(ask))).toMatchObject({ max_completion_tokens: 4000 });
    refused.remember(['max_completion_tokens']);
    expect(Object.keys(refused.apply(chatCompletionsWire.body(ask)))).not.toEqual(expect.arrayContaining(['max_completion_tokens']));
  });
});
