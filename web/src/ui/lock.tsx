/** A padlock, drawn: fonts without one would show an empty box. What is locked, and where to change it, stands beside it. */
export function Lock() {
  return (
    <svg
      aria-hidden="true"
      width="0.85em"
      height="0.85em"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
    >
      <rect x="2.5" y="7" width="11" height="7.5" rx="1.5" fill="currentColor" />
      <path d="M4.8 7V4.7a3.2 3.2 0 0 1 6.4 0V7" />
    </svg>
  );
}
