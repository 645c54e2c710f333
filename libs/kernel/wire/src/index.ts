export { writeTogether } from './write-together.js';
