export function FocusSuccess() {
  return <h1>FocusSuccess</h1>;
}
