export function Latency() {
  return <h1>Latency</h1>;
}
