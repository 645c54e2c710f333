/** Of this package; as in its manifest, which a test compares. */
export const VERSION = '0.1.0';
