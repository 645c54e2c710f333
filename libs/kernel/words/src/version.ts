/** The version of every part of the product; a check holds it to package.json. */
export const VERSION = '0.1.0';
