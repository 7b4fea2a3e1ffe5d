// Asks again, a few times, for what the node is still preparing (503 with Retry-After): tiles and features of a layer whose order is being made.
// Nothing is asked more than TRIES_MAX times, and nobody waits longer than WAIT_MAX_S for the next time, whatever the answer says.

export const TRIES_MAX = 6, WAIT_FIRST_S = 2, WAIT_MAX_S = 15, WAIT_LEAST_S = 0.2;
const PREPARING = 503, NOTHING = 204, GONE = [404, 410];

/** Seconds until the next time: what the answer asks for, else a little longer each time. */
export function waitOf(told, tried) {
  const seconds = /^\d{1,4}$/.test(told || "") ? Number(told) : WAIT_FIRST_S * tried;
  return Math.min(Math.max(seconds, WAIT_LEAST_S), WAIT_MAX_S);
}

function pause(seconds, signal) {
  return new Promise((done, stop) => {
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", () => { clearTimeout(timer); stop(signal.reason); }, { once: true });
  });
}

/** The answer of an address; while it is being prepared `waits` is told, and it is asked again. The last answer is given as it is. */
export async function askPatiently(address, options, waits) {
  for (let tried = 1; ; tried += 1) {
    const answer = await fetch(address, options);
    if (answer.status !== PREPARING || tried === TRIES_MAX) return answer;
    waits(tried);
    await pause(waitOf(answer.headers.get("retry-after"), tried), options.signal);
  }
}

/** Tiles through `askPatiently`, for a map of the library: addresses `patient://host/path`. `tells` hears of each tile "waits", "came", "gone"
 *  (there is no such layer any more) or "failed". */
export function addPatience(library, tells) {
  library.addProtocol("patient", async ({ url }, { signal }) => {
    const address = location.origin + url.replace(/^patient:\/\/[^/]*/, "");
    try {
      const answer = await askPatiently(address, { signal }, () => tells("waits", address));
      if (GONE.includes(answer.status)) {
        tells("gone", address);
        return { data: new ArrayBuffer(0) };
      }
      if (answer.status !== NOTHING && !answer.ok) throw new Error(`${answer.status} ${address}`);
      const data = answer.status === NOTHING ? new ArrayBuffer(0) : await answer.arrayBuffer();
      tells("came", address);
      return { data };
    } catch (failed) {
      tells(signal.aborted ? "came" : "failed", address);
      throw failed;
    }
  });
}
