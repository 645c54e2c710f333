import { describe, expect, it } from '@jest/globals';
import { readText } from './read-text.js';

const GERMAN = 'Name;Straße;Größe\nMüller;Österreich, schöne Grüße aus Köln an ältere Gäste\n';

/** `text` in a character set of one byte for each letter, by the platform's own table. */
function encode(text: string, charset: string): Uint8Array {
  const letters = new TextDecoder(charset).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  return Uint8Array.from(text, (letter) => letters.indexOf(letter));
}

function utf16(text: string, order: 'le' | 'be'): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}

describe('text', () => {
  it.each([
    ['UTF-8', Buffer.from(GERMAN), GERMAN],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${GERMAN}`), GERMAN],
    ['UTF-16, as Excel and PowerShell write it', utf16(`\ufeff${GERMAN}`, 'le'), GERMAN],
    ['UTF-16, the other way round', utf16(`\ufeff${GERMAN}`, 'be'), GERMAN],
    ['UTF-16 without a mark', utf16(GERMAN, 'le'), GERMAN],
    ['UTF-16 without a mark, the other way round', utf16(GERMAN, 'be'), GERMAN],
    ['Chinese in UTF-16 without a mark', utf16('姓名;城市\n我家在上海东边。\n', 'le'), '姓名;城市\n我家在上海东边。\n'],
    ['Windows-1252', encode(GERMAN, 'windows-1252'), GERMAN],
    ['a word of Windows-1252', encode('Grüße', 'windows-1252'), 'Grüße'],
    [
      'Windows-1251',
      encode('Имя;Город\nВера;Москва и Санкт-Петербург, длинный текст\n', 'windows-1251'),
      'Имя;Город\nВера;Москва и Санкт-Петербург, длинный текст\n',
    ],
    [
      'KOI8-R',
      encode('Имя;Город\nВера;Москва и Санкт-Петербург, длинный текст\n', 'koi8-r'),
      'Имя;Город\nВера;Москва и Санкт-Петербург, длинный текст\n',
    ],
    ['Shift_JIS', Buffer.from('96bc914f3b92ac0a93568b4382cd97c782a282c582b781420a', 'hex'), '名前;町\n天気は良いです。\n'],
    ['GB18030', Buffer.from('d0d5c3fb3bb3c7cad00aced2d4dac9cfbaa3b6abb1dfa1a30a', 'hex'), '姓名;城市\n我在上海东边。\n'],
  ])('in %s is read without being told', (_name, bytes, text) => {
    expect(readText(bytes, null, 1000).text).toBe(text);
  });

  it('in a declared character set is read as that, unless a mark or the bytes say otherwise', () => {
    expect(readText(Buffer.from('h\xe9', 'latin1'), 'iso-8859-1', 1000).text).toBe('hé');
    expect(readText(utf16('\ufeffhé', 'le'), 'utf-8', 1000).text).toBe('hé');
    expect(readText(encode(GERMAN, 'windows-1252'), 'utf-8', 1000).text).toBe(GERMAN);
    expect(readText(Buffer.from('hé'), 'klingon', 1000).text).toBe('hé');
  });

  it.each([
    ['U+0000 in UTF-8', Buffer.from('a\0b')],
    ['a program', Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256))],
    ['zeros', Buffer.alloc(100)],
  ])('%s is none', (_name, bytes) => {
    expect(() => readText(bytes, null, 1000)).toThrow('it is not text');
  });
});
