// Takes more over the network than a call may.
let bytes = 0;
let why = 'ended';
try {
  const answer = await fetch('http://allowed.files.test/endless');
  for await (const piece of answer.body) bytes += piece.length;
} catch (thrown) {
  why = thrown.message;
}
console.log(JSON.stringify({ megabytes: Math.round(bytes / 1048576), why }));
