// A trip that is planned by two other agents, over HTTP alone: Node 22.18 or newer runs it as it is,
//   env $(cat var/demo.env) node examples/other_languages/typescript/trip.mts
// This one program plays all parts: who asks, the planner, and the two agents whose work the planner waits for.

type Json = { [name: string]: any };

const base = process.env.AXME_BASE_URL, key = process.env.AXME_API_KEY;

async function call(method: string, path: string, body?: Json): Promise<Json> {
  const headers: Record<string, string> = { "x-api-key": key ?? "", "content-type": "application/json" };
  const answer = await fetch(`${base}/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const told = (await answer.json()) as Json;
  if (!answer.ok) throw new Error(`${answer.status} ${told.error.code}: ${told.error.message}`);
  return told;
}

/** The next work of an agent, under a lease. */
async function claim(agent: string, intentId: string): Promise<Json> {
  for (;;) {
    const { intents } = await call("POST", `/agents/${agent}/claim`, { max: 1, wait_seconds: 20, intent_id: intentId });
    if (intents.length) return intents[0];
  }
}

// Whoever asks: a key makes the request safe to repeat, as in fetch(..., {headers: {"idempotency-key": ...}}).
const trip = await call("POST", "/intents", {
  intent_type: "trip.plan.v1",
  to_agent: "trip-planner",
  payload: { city: "Riga", nights: 2 },
});
console.log("submitted", trip.intent_id);

// The planner: it asks two others and steps aside; nothing of it runs while they work.
const work = await claim("trip-planner", trip.intent_id);
const waiting = await call("POST", `/intents/${work.intent_id}/wait`, {
  for: "agent",
  until: "all",
  intents: [
    { intent_type: "room.book.v1", to_agent: "trip-rooms", payload: work.payload },
    { intent_type: "seat.book.v1", to_agent: "trip-seats", payload: work.payload },
  ],
});

// The two others, who find their work by the ids of the children.
const prices: Record<string, number> = { "room.book.v1": 180, "seat.book.v1": 95 };
for (const child of waiting.child_intent_ids as string[]) {
  const { intent } = await call("GET", `/intents/${child}`);
  await call("POST", `/intents/${child}/resume`, { price: prices[intent.intent_type] });
}

// The planner again, with what came of them.
const again = await claim("trip-planner", trip.intent_id);
const results = Object.values(again.resume.results as Record<string, Json>);
const total = results.reduce((sum, one) => sum + one.result.price, 0);
await call("POST", `/intents/${trip.intent_id}/resume`, { total });

const { intent } = await call("GET", `/intents/${trip.intent_id}`);
console.log(intent.status, JSON.stringify(intent.result));

export {};
