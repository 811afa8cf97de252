/** A signature over its line. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" fill="none" aria-hidden="true">
      <path
        d="M3 18.5c4.2-1.3 7-12 10-12 3.3 0-2 11.8 1.1 11.8 2.3 0 3.3-5.5 5.7-5.5 2 0 .5 4.5 2.9 4.5 1.5 0 2.8-.9 4.3-2.4"
        stroke="currentColor"
        strokeWidth="2.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path
        d="M3 25h26"
        stroke="currentColor"
        strokeWidth="2.3"
        strokeLinecap="round"
        opacity=".45"
      />
    </svg>
  );
}
