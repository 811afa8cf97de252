/** A session in a cookie, for browsers: nothing in the answer signs anybody in. */
export interface BrowserSession {
  readonly person: string;
  readonly expiresAt: string;
}

export interface CreatedLink {
  readonly person: string;
  readonly url: string;
  readonly expiresAt: string;
}

export interface SignedIn {
  readonly person: string;
  readonly token: string;
  readonly expiresAt: string;
}
