let text = '';
for await (const piece of process.stdin) text += piece;
console.log(JSON.stringify({ ok: true, got: JSON.parse(text) }));
