import { defineRoute } from '@openclaw/words';
import { z } from 'zod';

export const openapiRoutes = {
  openapi: defineRoute({
    method: 'GET',
    path: '/api/v1/openapi.json',
    summary: 'This contract',
    scope: 'read',
    replies: { 200: z.record(z.string(), z.unknown()) },
    errors: [],
  }),
  docs: defineRoute({
    method: 'GET',
    path: '/api/v1/docs',
    summary: 'A page to read this contract and try it; it holds nothing until a token is typed there',
    scope: null,
    media: 'text/html',
    replies: { 200: z.string() },
    errors: [],
  }),
  docsScript: defineRoute({
    method: 'GET',
    path: '/api/v1/docs/docs.js',
    summary: 'The script of that page',
    scope: null,
    media: 'text/javascript',
    replies: { 200: z.string() },
    errors: [],
  }),
  docsStyle: defineRoute({
    method: 'GET',
    path: '/api/v1/docs/docs.css',
    summary: 'The style of that page',
    scope: null,
    media: 'text/css',
    replies: { 200: z.string() },
    errors: [],
  }),
  docsAtRoot: defineRoute({
    method: 'GET',
    path: '/docs',
    summary: 'The way to that page',
    scope: null,
    replies: { 308: null },
    errors: [],
  }),
};
