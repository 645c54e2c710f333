import type { PromptAssistantPart, PromptMessage, PromptResult, PromptUserPart } from '../prompt.types.js';
import { readGeminiResponse } from './read-gemini-response.js';
import { budgetOf, effortOf } from './thinking.js';
import type { Ask, Wire, WireBody } from './wire.types.js';

/** Gemini 3 wants a signature with each call of the turn at hand; this one is Google's own word for "there is none". */
const NO_SIGNATURE = 'skip_thought_signature_validator';

/** https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent */
export const geminiWire: Wire = {
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  marksCache: false,
  path: ({ model, stream }) =>
    `${model.includes('/') ? '' : 'models/'}${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  headers: (apiKey) => (apiKey === '' ? {} : { 'x-goog-api-key': apiKey }),
  body: (ask: Ask): WireBody => {
    const { prompt, tools, model } = ask;
    const system = prompt.flatMap((message) => (message.role === 'system' ? [{ text: message.content }] : []));
    return {
      ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
      contents: toContents(prompt, isThird(model)),
      ...(tools.length === 0
        ? {}
        : {
            tools: [
              {
                functionDeclarations: tools.map(({ name, description, inputSchema }) => ({
                  name,
                  description,
                  parametersJsonSchema: inputSchema,
                })),
              },
            ],
          }),
      ...generation(ask),
    };
  },
  optional: ['generationConfig.thinkingConfig', 'generationConfig.maxOutputTokens', 'tools'],
  reader: readGeminiResponse,
};

function isThird(model: string): boolean {
  return /gemini-(?:[3-9]|\d\d)/.test(model);
}

function generation({ model, maxOutputTokens, thinking }: Ask): object {
  const config = {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(thinking === undefined
      ? {}
      : {
          thinkingConfig: {
            ...(isThird(model) && typeof thinking === 'string'
              ? { thinkingLevel: effortOf(thinking, 'minimal') }
              : { thinkingBudget: budgetOf(thinking) }),
            ...(thinking === 'off' ? {} : { includeThoughts: true }),
          },
        }),
  };
  return Object.keys(config).length === 0 ? {} : { generationConfig: config };
}

/** Neighbours of one role are one content; results of tools are a user's. */
function toContents(prompt: readonly PromptMessage[], needsSignatures: boolean): object[] {
  const contents: { role: 'user' | 'model'; parts: object[] }[] = [];
  for (const message of prompt) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = partsOf(message, needsSignatures);
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  return contents;
}

function partsOf(message: Exclude<PromptMessage, { role: 'system' }>, needsSignatures: boolean): object[] {
  switch (message.role) {
    case 'user':
      return message.content.map(toUserPart);
    case 'assistant':
      return signed(message.content, needsSignatures).flatMap(toModelPart);
    case 'tool':
      return message.content.map(toFunctionResponse);
  }
}

function toUserPart(part: PromptUserPart): object {
  return part.type === 'text'
    ? { text: part.text }
    : { inlineData: { mimeType: part.mediaType, data: Buffer.from(part.data.data).toString('base64') } };
}

/** Only the first call of a turn has a signature, where the model thought; a turn of another model has none. */
function signed(parts: readonly PromptAssistantPart[], needsSignatures: boolean): readonly PromptAssistantPart[] {
  const first = parts.findIndex(({ type }) => type === 'tool-call');
  const call = parts[first];
  if (!needsSignatures || !call || call.providerOptions?.['google'] !== undefined) return parts;
  return parts.with(first, { ...call, providerOptions: { google: { thoughtSignature: NO_SIGNATURE } } });
}

function toModelPart(part: PromptAssistantPart): object[] {
  const signature = part.providerOptions?.['google']?.['thoughtSignature'];
  const noted = typeof signature === 'string' ? { thoughtSignature: signature } : {};
  if (part.type === 'tool-call') return [{ functionCall: { name: part.toolName, args: part.input }, ...noted }];
  if (part.text === '' && typeof signature !== 'string') return [];
  return [{ text: part.text, ...(part.type === 'reasoning' ? { thought: true } : {}), ...noted }];
}

function toFunctionResponse({ toolName: name, output }: PromptResult): object {
  return {
    functionResponse: { name, response: { name, ...(output.type === 'error-text' ? { error: output.value } : { content: output.value }) } },
  };
}
