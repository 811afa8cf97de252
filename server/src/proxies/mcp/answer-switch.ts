/** The answer to a call, which goes to its client until that has been told that it comes in another way. */
import type { AnswerSink } from "./client-answer.ts";

export class AnswerSwitch implements AnswerSink {
  #to: AnswerSink;

  constructor(client: AnswerSink) {
    this.#to = client;
  }

  /** What is said from here on goes there. */
  switchTo(other: AnswerSink): void {
    this.#to = other;
  }

  get left(): AbortSignal {
    return this.#to.left;
  }

  get isOver(): boolean {
    return this.#to.isOver;
  }

  message(status: number, bytes: string | Uint8Array): void {
    this.#to.message(status, bytes);
  }

  empty(status: number, headers?: Readonly<Record<string, string>>): void {
    this.#to.empty(status, headers);
  }

  openStream(): void {
    this.#to.openStream();
  }

  event(...[event]: Parameters<AnswerSink["event"]>): Promise<void> | null {
    return this.#to.event(event);
  }

  end(): void {
    this.#to.end();
  }
}
