// The official Node SDKs as clients: makes the calls it is asked for and prints
// one JSON line each, { name, value } or { name, error }, with the number of
// HTTP requests it took. Judged by sdk_tests.py.
//
//   node sdk_calls.mjs '{"openai": "http://…/openai/v1", "anthropic": "http://…/anthropic", "key": "pc_…", "calls": [["chat", "hello"]]}'

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const asked = JSON.parse(process.argv[2]);
let sent = 0;
const counting = (...given) => {
  sent += 1;
  return fetch(...given);
};
const options = { apiKey: asked.key, fetch: counting, maxRetries: asked.retries ?? 2 };
const openai = new OpenAI({ ...options, baseURL: asked.openai });
const anthropic = new Anthropic({ ...options, baseURL: asked.anthropic });

const user = (content) => [{ role: "user", content }];
const chat = (content, more) => ({ model: "gpt-4o-mini", messages: user(content), ...more });
const message = (content, more) => ({ model: "claude-sonnet-4-5", max_tokens: 64, messages: user(content), ...more });
const all = async (pages) => {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
};

const CALLS = {
  chat: (text, more) => openai.chat.completions.create(chat(text, more)),
  embeddings: (input, more) => openai.embeddings.create({ model: "text-embedding-3-small", input, ...more }),
  models: () => all(openai.models.list()),
  model: (id) => openai.models.retrieve(id),
  messages: (text, more) => anthropic.messages.create(message(text, more)),
  count_tokens: (text) => anthropic.messages.countTokens({ model: "claude-sonnet-4-5", messages: user(text) }),
  anthropic_models: () => all(anthropic.models.list()),
  chat_stream: async (text) => (await all(await openai.chat.completions.create(chat(text, { stream: true })))),
  chat_stream_helper: (text, more) => openai.chat.completions.stream(chat(text, more)).finalChatCompletion(),
  messages_stream: async (text) => (await all(await anthropic.messages.create(message(text, { stream: true })))),
  messages_stream_helper: (text, more) => anthropic.messages.stream(message(text, more)).finalMessage(),
};

const shown = (error) => ({
  class: error?.constructor?.name,
  status: error?.status ?? null,
  code: error?.code ?? error?.error?.error?.code ?? error?.error?.code ?? null,
  type: error?.error?.error?.type ?? error?.type ?? null,
  message: String(error?.message),
  requestID: error?.requestID ?? null,
});

for (const [name, ...given] of asked.calls) {
  sent = 0;
  let line;
  try {
    line = { name, value: await CALLS[name](...given) };
  } catch (error) {
    line = { name, error: shown(error) };
  }
  console.log(JSON.stringify({ ...line, sent }));
}
