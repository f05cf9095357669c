/**
 * How much may be in flight, found out from what the broker's answers say: as much as keeps it busy and little more,
 * because the rest would only wait there. Pure arithmetic on answers; who keeps to the limit is `Flow`.
 *
 * By Little's law, in flight = rate × latency. Below the knee a larger window raises the rate, and the latency stays;
 * above it the rate stays, and the latency grows. So, with the latency of a broker where nothing waits (the baseline):
 *
 *     baseline / latency       1 ────────── 0.85 ─────────── 0.67 ─────────── 0.5 ──────────► 0
 *                              far from the   near it: grow    above it:        something has
 *                              knee: grow     by a step        shrink           changed: probe
 *                              by half
 *
 * The baseline cannot be seen while something waits, and it moves when the broker changes. So once a second, and
 * whenever latency has risen, the window is halved for a moment (a probe). Where the rate stays, the smaller window is
 * still above the knee: halve again. Where it falls, nothing waits any more, and the latency is the baseline.
 *
 * Related to TCP Vegas and BBR and to Netflix' concurrency-limits; those take the lowest latency seen for the baseline,
 * which a broker that became slower for good, or one with varying latencies, proves wrong.
 */

/** What the recent answers to messages sent since the last change of the limit say together. */
interface Sample {
  readonly latencyMs: number;
  readonly inFlight: number;
  /** Answers a millisecond. */
  readonly rate: number;
}

const FIRST_LIMIT = 32;
const MIN_LIMIT = 8;
export const MAX_LIMIT = 4096;

/** In flight, in relation to what keeps the broker just busy. */
const HEADROOM = 1.5;
/** baseline / latency above which nothing much waits at the broker. */
const NO_QUEUE = 0.85;
/** baseline / latency below which something has changed: the broker is slower, or further away. */
const LONG_QUEUE = 0.5;
const GROWTH = 1.5;

/** The part of the rate, and of the latency, that has to be left after a step of a probe to count as "stays". */
const RATE_STAYS = 0.9;
const LATENCY_STAYS = 0.7;
const BASELINE_ROSE = 1.5;
const MAX_PROBE_STEP = 8;
const PROBE_EVERY_MS = 1000;
const PROBE_EVERY_LATENCIES = 20;

const AFTER_BUSY = 0.7;
/** How near to a window that was answered busy the limit may come, and for how long. */
const BELOW_BUSY = 0.9;
const BUSY_REMEMBERED_MS = 4000;
/** The broker has become faster than when it was busy. */
const RATE_RECOVERED = 1.3;

/** A sample has as many answers as the limit, but at a slow broker only those of 50 ms. */
const MIN_SAMPLE = 64;
const SAMPLE_MS = 50;
/** Of a limit, so much has to be used before answers say anything about it. */
const FULL = 0.9;
/** Clocks are read once per turn of the event loop, so that an answer may seem to take no time. */
const SHORTEST_MS = 0.01;

/** The limit of one flow with `window: 'auto'`. The constants are tested against each other by simulation. */
export class AdaptiveWindow {
  #limit = FIRST_LIMIT;
  /** Answers to what was sent before say nothing about the present limit. */
  #changedAt = Number.NEGATIVE_INFINITY;

  #answers = 0;
  #sampledFrom = 0;
  #latencySum = 0;
  #mostInFlight = 0;

  #baselineMs = Number.POSITIVE_INFINITY;
  #isRising = false;
  #probeAt = Number.NEGATIVE_INFINITY;
  /** While probing: what the window was worth before it was last halved. */
  #larger: Sample | undefined;

  #busyLimit = Number.POSITIVE_INFINITY;
  #busyRate = 0;
  #busyUntil = 0;
  #lastRate = 0;

  /** Messages that may be in flight, a whole number of 8 to 4096. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * An attempt was answered `latencyMs` after it began, while `inFlight` messages were in flight with it; `isBusy`
   * where the broker refused it because it has too much to do. `now` is monotonic.
   */
  answered(latencyMs: number, inFlight: number, isBusy: boolean, now: number): void {
    if (now - latencyMs < this.#changedAt) return;
    if (isBusy) {
      this.#backOff(now);
      return;
    }
    if (this.#answers++ === 0) this.#sampledFrom = now;
    this.#latencySum += Math.max(latencyMs, SHORTEST_MS);
    if (inFlight > this.#mostInFlight) this.#mostInFlight = inFlight;
    if (this.#answers < MIN_SAMPLE || (this.#answers < this.#limit && now - this.#sampledFrom < SAMPLE_MS)) return;
    const sample = this.#sample(now);
    this.#restartSample();
    this.#judge(sample, now);
  }

  #sample(now: number): Sample {
    const answers = this.#answers;
    const latencyMs = this.#latencySum / answers;
    // The most, because answers come in bursts, and not every source fills the window again between two of them.
    const inFlight = this.#mostInFlight;
    // While a queue builds up, latency lags behind, and Little's law promises too much; in bursts of answers, counting does.
    const rate = Math.min(inFlight / latencyMs, (answers - 1) / (now - this.#sampledFrom));
    return { latencyMs, inFlight, rate };
  }

  #judge(sample: Sample, now: number): void {
    // Whatever limits the messages in flight now, it is not the limit.
    if (sample.inFlight < this.#limit * FULL) {
      this.#larger = undefined;
      this.#baselineMs = Math.min(this.#baselineMs, sample.latencyMs);
      return;
    }
    this.#lastRate = sample.rate;
    if (this.#larger === undefined) this.#cruise(sample, now);
    else this.#probed(sample, this.#larger, now);
  }

  #cruise(sample: Sample, now: number): void {
    if (this.#baselineMs === Number.POSITIVE_INFINITY) this.#probeAt = now + PROBE_EVERY_MS;
    this.#baselineMs = Math.min(this.#baselineMs, sample.latencyMs);
    const share = this.#baselineMs / sample.latencyMs;
    const wasRising = this.#isRising;
    this.#isRising = share < LONG_QUEUE;
    // Until now latency lagged behind: only what is sent from now on sees how long the queue has become.
    if (this.#isRising && !wasRising) this.#changedAt = now;
    else if (this.#isRising || now >= this.#probeAt) this.#probe(sample, now);
    else if (share > NO_QUEUE) this.#change(this.#limit * GROWTH, now);
    else if (share > 1 / HEADROOM) this.#change(this.#limit + Math.sqrt(this.#limit), now);
    else this.#change(this.#limit * HEADROOM * share, now);
  }

  #probe(sample: Sample, now: number): void {
    this.#larger = sample;
    this.#isRising = false;
    // Far too large a window takes long to drain, so it is left in larger steps.
    const tooMuch = sample.latencyMs / this.#baselineMs / 2;
    this.#change(this.#limit / Math.min(Math.max(tooMuch, 2), MAX_PROBE_STEP), now);
  }

  #probed(sample: Sample, larger: Sample, now: number): void {
    // One that was known to be shorter has to be disproved by a latency that does not fall with the window.
    const isBaseline =
      sample.latencyMs < this.#baselineMs * BASELINE_ROSE
        ? sample.rate < larger.rate * RATE_STAYS
        : sample.latencyMs > larger.latencyMs * LATENCY_STAYS;
    if (!isBaseline && this.#limit > MIN_LIMIT) {
      this.#probe(sample, now);
      return;
    }
    this.#larger = undefined;
    this.#baselineMs = sample.latencyMs;
    this.#probeAt = now + Math.max(PROBE_EVERY_MS, PROBE_EVERY_LATENCIES * sample.latencyMs);
    const knee = Math.max(larger.rate, sample.rate) * sample.latencyMs;
    // The broker may have become slower between the two samples, and then this is no knee.
    this.#change(Math.min(knee * HEADROOM, larger.inFlight * GROWTH), now);
  }

  #backOff(now: number): void {
    this.#larger = undefined;
    this.#busyLimit = this.#limit;
    this.#busyRate = this.#lastRate;
    this.#busyUntil = now + BUSY_REMEMBERED_MS;
    this.#change(this.#limit * AFTER_BUSY, now);
  }

  #change(limit: number, now: number): void {
    if (now >= this.#busyUntil || this.#lastRate > this.#busyRate * RATE_RECOVERED) {
      this.#busyLimit = Number.POSITIVE_INFINITY;
    }
    const most = Math.min(MAX_LIMIT, this.#busyLimit * BELOW_BUSY);
    const next = Math.round(Math.max(MIN_LIMIT, Math.min(limit, most)));
    if (next === this.#limit) return;
    this.#limit = next;
    this.#changedAt = now;
    this.#restartSample();
  }

  #restartSample(): void {
    this.#answers = 0;
    this.#latencySum = 0;
    this.#mostInFlight = 0;
  }
}
