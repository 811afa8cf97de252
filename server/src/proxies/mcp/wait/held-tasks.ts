/**
 * Calls that wait for people as tasks (extension `io.modelcontextprotocol/tasks`): the client asks for them now and then, and the call
 * runs, once, when it is approved, whether somebody asks or not.
 *
 * A task's id is that of its review: durable before it is told, and of its agent alone. Its answer is kept in memory, for a while.
 */
import type { Clock } from "#/platform/clock.ts";
import { fairShares } from "#/platform/fair-shares.ts";
import type { AnswerSink } from "#/proxies/mcp/wire/client-answer.ts";

export interface HeldTask {
  readonly id: string;
  readonly agent: string;
  readonly connection: string;
  readonly createdAt: number;
  /** What the server answered, as a message; null while it waits or runs. */
  answer: { readonly bytes: Buffer; readonly at: number } | null;
  readonly cancel: () => void;
}

export interface HeldTasks {
  /** Null where too many are kept: then the call waits in another way. */
  begin(task: Omit<HeldTask, "answer" | "createdAt">): HeldTask | null;
  find(id: string, agent: string, connection: string): HeldTask | null;
  ended(task: HeldTask, bytes: Buffer): void;
}

/** Of all agents, ended ones until they are forgotten; none has more than it leaves to others. */
const tasksMax = 1_000;
/** Answers that are kept, shared likewise. A larger one is told of, and not kept. */
const answersBytesMax = 64 * 1024 * 1024;
/** How long an answer is kept. */
export const taskLifeMs = 60 * 60_000;
export const taskPollMs = 5_000;

export function createHeldTasks(clock: Clock): HeldTasks {
  const tasks = new Map<string, HeldTask>();
  const places = fairShares(tasksMax);
  const answers = fairShares(answersBytesMax);
  const forget = (task: HeldTask) => {
    // Another may have begun under its id meanwhile.
    if (tasks.get(task.id) !== task) return;
    tasks.delete(task.id);
    places.give(task.agent);
    if (task.answer !== null) answers.give(task.agent, task.answer.bytes.length);
  };
  return {
    begin(task) {
      const before = tasks.get(task.id);
      if (before !== undefined) forget(before);
      if (!places.take(task.agent)) return null;
      const begun: HeldTask = { ...task, createdAt: clock.now(), answer: null };
      tasks.set(task.id, begun);
      return begun;
    },
    find(id, agent, connection) {
      const task = tasks.get(id);
      return task?.agent === agent && task.connection === connection ? task : null;
    },
    ended(task, answer) {
      if (tasks.get(task.id) !== task) return;
      if (!answers.take(task.agent, answer.length)) return forget(task);
      task.answer = { bytes: answer, at: clock.now() };
      clock.after(taskLifeMs, () => forget(task));
    },
  };
}

/** Takes the answer in place of a client that is not there; what is said on the way to it nobody hears. */
export function taskSink(onAnswer: (bytes: Buffer) => void): AnswerSink {
  const { signal } = new AbortController();
  let isOver = false;
  let last: Uint8Array = noAnswer;
  const end = (bytes: string | Uint8Array) => {
    if (isOver) return;
    isOver = true;
    onAnswer(typeof bytes === "string" ? Buffer.from(bytes) : Buffer.from(bytes));
  };
  return {
    left: signal,
    get isOver() {
      return isOver;
    },
    openStream() {},
    message: (_status, bytes) => end(bytes),
    empty: () => end(noAnswer),
    event(event) {
      last = event.data;
      return null;
    },
    end: () => end(last),
  };
}

const noAnswer = Buffer.from(
  '{"error":{"code":-32603,"message":"The tool server gave no answer."}}',
);
