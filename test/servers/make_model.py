"""make_model.py <file>: writes a language model of one layer that says what the tests expect, in GGUF.

Its weights are a table: token -> next token. Every embedding is a direction of its own, the layer adds nothing, and the output
matrix maps each direction to its successor. The chat template ends the prompt in the token of a chain, by what was asked, so
that a real server with a real sampler streams known words. Text is read byte by byte: a token is a byte.
"""

import sys

import gguf
import numpy as np

CONTEXT = 16_384
WIDTH = 384
HEADS = 6
HIDDEN = 32
STRENGTH = 10.0

END = "<|im_end|>"
CHAINS = {
    "<|greet|>": ["Good", " morning", ", said", " the", " tiny", " model", "."],
    "<|number|>": ["one", " two", " three", " four", " five", " six", " seven", " eight", " nine", " ten"],
    "<|time|>": ['<tool_call>\n{"name": "current_time", "arguments": {}}\n</tool_call>'],
    "<|weather|>": ['<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'],
    "<|told|>": ["So", " it", " is", " now", "!"],
    "<|think|>": ["SECRET", " thoughts.", "\n</think>\n\n", "408"],
}
# Never ends by itself.
LOOP = ["<|drone|>", "on", " and"]

TEMPLATE = r"""
{%- if tools %}{{- '<|im_start|>system\n' }}{%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
{{- '# Tools\n\n<tools>' }}{%- for tool in tools %}{{- '\n' }}{{- tool | tojson }}{%- endfor %}
{{- '\n</tools>\n\nFor each call write\n<tool_call>\n{"name": <name>, "arguments": <arguments>}\n</tool_call><|im_end|>\n' }}
{%- elif messages[0].role == 'system' %}{{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{- '<|im_start|>user\n' + message.content + '<|im_end|>\n' }}
{%- elif message.role == 'assistant' %}{{- '<|im_start|>assistant' }}
{%- if message.content %}{{- '\n' + message.content }}{%- endif %}
{%- for call in message.tool_calls or [] %}{%- if call.function %}{%- set call = call.function %}{%- endif %}
{{- '\n<tool_call>\n{"name": "' }}{{- call.name }}{{- '", "arguments": ' }}{{- call.arguments | tojson }}{{- '}\n</tool_call>' }}{%- endfor %}
{{- '<|im_end|>\n' }}
{%- elif message.role == 'tool' %}{{- '<|im_start|>user\n<tool_response>\n' + message.content + '\n</tool_response><|im_end|>\n' }}{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}
{%- set last = messages[-1] %}
{%- if last.role == 'tool' %}{{- '<|told|>' }}
{%- elif tools and 'weather' in last.content %}{{- '<|weather|>' }}
{%- elif tools and 'What time' in last.content %}{{- '<|time|>' }}
{%- elif 'Count' in last.content %}{{- '<|number|>' }}
{%- elif 'Drone' in last.content %}{{- '<|drone|>' }}
{%- elif 'Ponder' in last.content %}{{- '<|think|>' }}
{%- else %}{{- '<|greet|>' }}{%- endif %}
{%- endif %}
"""


def main(path: str) -> None:
    kind = gguf.TokenType
    tokens = [("<unk>", kind.UNKNOWN), (END, kind.CONTROL), ("<|im_start|>", kind.CONTROL)]
    tokens += [(f"<0x{byte:02X}>", kind.BYTE) for byte in range(256)]
    following: dict[int, int] = {}

    def add(text: str, token_type: gguf.TokenType) -> int:
        tokens.append((text, token_type))
        return len(tokens) - 1

    for start, words in CHAINS.items():
        last = add(start, kind.CONTROL)
        for word in words:
            next_token = add(spaced(word), kind.NORMAL)
            following[last] = next_token
            last = next_token
    first, *loop = [add(text if position == 0 else spaced(text), kind.CONTROL if position == 0 else kind.NORMAL) for position, text in enumerate(LOOP)]
    following |= {first: loop[0], loop[0]: loop[1], loop[1]: loop[0]}
    size = len(tokens)
    assert size <= WIDTH

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(size)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _ in tokens])
    # Words are for the model to say: whoever reads text finds bytes.
    writer.add_token_scores([-1e6 if token_type == kind.NORMAL else 0.0 for _, token_type in tokens])
    writer.add_token_types([int(token_type) for _, token_type in tokens])
    writer.add_unk_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE.strip())

    embeddings = np.eye(size, WIDTH, dtype=np.float32)
    output = np.zeros((size, WIDTH), dtype=np.float32)
    for token in range(size):
        output[following.get(token, 1), token] = STRENGTH
    zeros = np.zeros((WIDTH, WIDTH), dtype=np.float32)
    writer.add_tensor("token_embd.weight", embeddings)
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    writer.add_tensor("blk.0.attn_norm.weight", np.ones(WIDTH, dtype=np.float32))
    writer.add_tensor("blk.0.ffn_norm.weight", np.ones(WIDTH, dtype=np.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        writer.add_tensor(f"blk.0.{name}.weight", zeros)
    writer.add_tensor("blk.0.ffn_gate.weight", np.zeros((HIDDEN, WIDTH), dtype=np.float32))
    writer.add_tensor("blk.0.ffn_up.weight", np.zeros((HIDDEN, WIDTH), dtype=np.float32))
    writer.add_tensor("blk.0.ffn_down.weight", np.zeros((WIDTH, HIDDEN), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def spaced(word: str) -> str:
    """SentencePiece writes a space as a low line of its own."""
    return word.replace(" ", "\u2581")


if __name__ == "__main__":
    main(sys.argv[1])
