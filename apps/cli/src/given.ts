/** The fields that have a value: what is not given is not sent. */
export function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const told = Object.entries(fields).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  // the same fields, without those that were undefined
  return Object.fromEntries(told) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
