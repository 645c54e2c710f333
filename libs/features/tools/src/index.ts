export { builtInTools, type ToolContext } from './built-in-tools.js';
