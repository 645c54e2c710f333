/** A number of bytes as people say it: `5 MiB`, `512 KiB`, `100 bytes`. */
export function sizeOf(bytes: number): string {
  if (bytes >= 1_048_576) return `${String(Math.round(bytes / 104_857.6) / 10)} MiB`;
  return bytes >= 1024 ? `${String(Math.round(bytes / 102.4) / 10)} KiB` : `${String(bytes)} bytes`;
}
