export { telegramChannel } from './telegram.adapter.js';
