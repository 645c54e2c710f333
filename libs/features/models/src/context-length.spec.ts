import { describe, expect, it } from '@jest/globals';
import { readContextLength } from './context-length.js';

describe('a request that is too long', () => {
  it.each<[string, string, number | null, number | null]>([
    [
      'OpenAI',
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 8545 tokens. Please reduce the length of the messages.",
      8192,
      8545,
    ],
    [
      'OpenAI, with a reply',
      "This model's maximum context length is 4097 tokens, however you requested 5000 tokens (3000 in the messages, 2000 in the completion).",
      4097,
      5000,
    ],
    [
      'OpenAI Responses',
      '{"error":{"message":"Your input exceeds the context window of this model. Please adjust your input and try again.","code":"context_length_exceeded"}}',
      null,
      null,
    ],
    [
      'Anthropic',
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 204844 tokens > 200000 maximum"}}',
      200_000,
      204_844,
    ],
    [
      'Anthropic, with a reply',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again',
      200_000,
      null,
    ],
    ['Google', 'The input token count (1298811) exceeds the maximum number of tokens allowed (1048576).', 1_048_576, 1_298_811],
    [
      'OpenRouter',
      "This endpoint's maximum context length is 131072 tokens. However, you requested about 132463 tokens (1463 of text input, 131000 in the output).",
      131_072,
      132_463,
    ],
    [
      'vLLM',
      '{"object":"error","message":"This model\'s maximum context length is 2048 tokens. However, you requested 2404 tokens in the messages, Please reduce the length of the messages.","type":"BadRequestError","code":400}',
      2048,
      2404,
    ],
    [
      'vLLM, newer',
      "'max_tokens' or 'max_completion_tokens' is too large: 2000. This model's maximum context length is 4096 tokens and your request has 2104 input tokens (2000 > 4096 - 2104).",
      4096,
      null,
    ],
    [
      'llama.cpp',
      '{"error":{"code":400,"message":"the request exceeds the available context size. try increasing the context size or enable context shift","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}',
      4096,
      5000,
    ],
    [
      'llama.cpp, newer',
      '{"error":{"code":400,"message":"request (9014 tokens) exceeds the available context size (8192 tokens), try increasing it"}}',
      8192,
      9014,
    ],
    ['Ollama', '{"error":{"message":"the input length exceeds the context length","type":"invalid_request_error"}}', null, null],
    [
      'LM Studio',
      'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
      4096,
      5000,
    ],
    ['Mistral', 'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length', 32_768, 40_000],
    [
      'DeepSeek',
      "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens (66000 in the messages, 4000 in the completion).",
      65_536,
      70_000,
    ],
    ['Groq', 'Please reduce the length of the messages or completion.', null, null],
    ['xAI', "This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131_072, 537_812],
    [
      'TGI',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`',
      4096,
      5000,
    ],
    ['Together', '`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens and 512', 8193, 9000],
    ['Bedrock', 'Input is too long for requested model.', null, null],
    ['Copilot', 'prompt token count of 70000 exceeds the limit of 64000', 64_000, 70_000],
    ['SGLang', "The input (6000 tokens) is longer than the model's context length (4096 tokens).", 4096, 6000],
    ['LiteLLM', 'litellm.ContextWindowExceededError: Requested tokens 12345 exceed context window of 8000', 8000, 12_345],
    ['Kimi', 'Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)', 8192, 9000],
    ['a number with commas', 'maximum context length is 128,000 tokens, you requested 130,500', 128_000, 130_500],
  ])('%s: is known as such, with the numbers that it names', (_who, body, limit, requested) => {
    expect(readContextLength(body)).toEqual({ limit, requested });
  });

  it.each([
    'Rate limit reached for gpt-4o: limit 30000 tokens per minute, requested 40000',
    'Unrecognized request argument supplied: stream_options',
    'Invalid value for max_tokens: must be at least 1',
    'messages: at least one message is required; content too long',
    'Incorrect API key provided',
    'The image is too large: the maximum is 5 MB',
  ])('%j is another refusal', (body) => {
    expect(readContextLength(body)).toBeNull();
  });
});
