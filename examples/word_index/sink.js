'use strict';
/**
 * The sink: adds up what the workers counted, and tells how far it is.
 *
 * Started by main.py: `sink.js COUNTS NEWS ASK LISTENERS`, three addresses to bind to and how many
 * peers listen for the end. Prints the addresses that it is bound to.
 *
 *     counts  ZMTP PULL  <- workers   {path, bytes, words}
 *     news    ZMTP PUB   -> all       ["progress", JSON] ten times a second; ["end"] after the last file
 *     ask     SP REP     <- any       tables: {ask: "begin", files}, {ask: "progress"}, {ask: "words"},
 *                                     {ask: "leave"}
 */
const { nnmsg, zmq } = require('sockery');

const [countsAt, newsAt, askAt, listeners] = process.argv.slice(2);
/** How long the others may take to come, and how often the news goes out, in milliseconds. */
const PATIENCE = 60_000;
const TICK = 100;

const words = new Map();
const seen = { files: 0, bytes: 0, words: 0, messages: 0, seconds: 0 };
let total; // how many files there will be: known from "begin" on
let started;

function add(table) {
  seen.files += 1;
  seen.bytes += table.bytes;
  seen.messages += 2; // the file to the worker, and its count to us
  for (const [word, times] of Object.entries(table.words)) {
    words.set(word, (words.get(word) ?? 0) + times);
    seen.words += times;
  }
  seen.seconds = (performance.now() - started) / 1000;
}

const progress = () => ({ ...seen, total, different: words.size });

/** Merges until every file is counted, then says so to all. */
async function merge(counts, news) {
  const tell = () => news.send(['progress', JSON.stringify(progress())]);
  const ticker = setInterval(() => total !== undefined && tell(), TICK);
  for await (const [bytes] of counts) {
    add(nnmsg.decode(bytes));
    if (seen.files === total) break;
  }
  clearInterval(ticker);
  await tell();
  await news.send(['end']);
}

/** Answers questions, one after the other, until somebody says "leave". */
async function answer(ask, news) {
  const answers = {
    async begin({ files }) {
      // Whoever subscribes later would miss the end.
      await news.waitForSubscribers('end', Number(listeners), PATIENCE);
      total = files;
      started = performance.now();
      return progress();
    },
    progress,
    words: () => words,
    leave: () => ({}),
  };
  for (;;) {
    const question = await ask.recvTable();
    const reply = Object.hasOwn(answers, question.ask)
      ? await answers[question.ask](question)
      : { error: `nobody knows about ${question.ask}` };
    await ask.sendTable(reply);
    if (question.ask === 'leave') return;
  }
}

async function main() {
  const [counts, news, ask] = [new zmq.Pull(), new zmq.Publisher(), nnmsg.socket.rep()];
  await counts.bind(countsAt);
  await news.bind(newsAt);
  ask.bind(askAt);
  const bound = { counts: counts.lastEndpoint, news: news.lastEndpoint, ask: ask.lastEndpoint };
  console.log(JSON.stringify(bound));
  await Promise.all([merge(counts, news), answer(ask, news)]);
  for (const socket of [counts, news, ask]) socket.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
