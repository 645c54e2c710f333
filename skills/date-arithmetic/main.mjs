/** {date, until?, years?, months?, weeks?, days?, workdays?} ─► a date described, or what lies between two. The Gregorian calendar, without times. */
import { readFileSync } from 'node:fs';

const DAY_MS = 86_400_000;
const NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

function read(text) {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const date = make(Number(year), Number(month) - 1, Number(day));
  if (year === undefined || write(date) !== text) throw new Error(`${JSON.stringify(text)} is no date such as 2026-11-30`);
  return date;
}

/** Years below 100 are meant as they stand. */
function make(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date;
}

const write = (date) => date.toISOString().slice(0, -14);
const isWorkday = (date) => date.getUTCDay() % 6 !== 0;
const plusDays = (date, days) => new Date(date.getTime() + days * DAY_MS);

function plusMonths(date, months) {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()];
  return make(year, month, Math.min(day, make(year, month + 1, 0).getUTCDate()));
}

function plusWorkdays(date, workdays) {
  const step = Math.sign(workdays);
  let moved = date;
  for (let left = Math.abs(workdays); left > 0;) {
    moved = plusDays(moved, step);
    if (isWorkday(moved)) left -= 1;
  }
  return moved;
}

function isoWeek(date) {
  const thursday = plusDays(date, 4 - (date.getUTCDay() || 7));
  const week = Math.floor((thursday - make(thursday.getUTCFullYear(), 0, 1)) / DAY_MS / 7) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}

function describe(date) {
  const dayOfYear = Math.round((date - make(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
  return { date: write(date), weekday: NAMES[date.getUTCDay()], iso_week: isoWeek(date), day_of_year: dayOfYear };
}

/** Workdays after the first day, up to and with the last: whole weeks have five. */
function workdaysBetween(from, days) {
  const weeks = Math.floor(days / 7);
  let count = weeks * 5;
  for (let day = weeks * 7 + 1; day <= days; day += 1) if (isWorkday(plusDays(from, day))) count += 1;
  return count;
}

function between(from, to) {
  const [first, last] = from <= to ? [from, to] : [to, from];
  const days = Math.round((last - first) / DAY_MS);
  let months = (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth();
  if (plusMonths(first, months) > last) months -= 1;
  const rest = Math.round((last - plusMonths(first, months)) / DAY_MS);
  const whole = { years: Math.floor(months / 12), months: months % 12, days: rest };
  return { days: from <= to ? days : -days, weeks: Math.floor(days / 7), workdays: workdaysBetween(first, days), apart: whole };
}

try {
  const { date, until, years = 0, months = 0, weeks = 0, days = 0, workdays = 0 } = JSON.parse(readFileSync(0, 'utf8'));
  const from = read(date);
  const moved = plusWorkdays(plusDays(plusMonths(from, years * 12 + months), weeks * 7 + days), workdays);
  if (!(moved.getUTCFullYear() >= 0 && moved.getUTCFullYear() <= 9999)) throw new Error('that is beyond the years 0 to 9999');
  console.log(JSON.stringify(until === undefined ? describe(moved) : between(moved, read(until))));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
