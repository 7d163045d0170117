// A trip that is planned by two other agents, over HTTP alone, with .NET 8 or newer:
//   env $(cat var/demo.env) dotnet run --project examples/other_languages/dotnet
// This one program plays all parts: who asks, the planner, and the two agents whose work the planner waits for.

using System.Net.Http.Json;
using System.Text.Json.Nodes;

var http = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("AXME_BASE_URL")!) };
http.DefaultRequestHeaders.Add("x-api-key", Environment.GetEnvironmentVariable("AXME_API_KEY"));

async Task<JsonNode> Call(HttpMethod method, string path, JsonNode? body = null)
{
    var request = new HttpRequestMessage(method, $"/v1{path}") { Content = body is null ? null : JsonContent.Create(body) };
    var answer = await http.SendAsync(request);
    var told = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    if (!answer.IsSuccessStatusCode) throw new Exception($"{(int)answer.StatusCode}: {told["error"]}");
    return told;
}

// The next work of an agent, under a lease.
async Task<JsonNode> Claim(string agent, string intentId)
{
    while (true)
    {
        var wanted = new JsonObject { ["max"] = 1, ["wait_seconds"] = 20, ["intent_id"] = intentId };
        var found = (await Call(HttpMethod.Post, $"/agents/{agent}/claim", wanted))["intents"]!.AsArray();
        if (found.Count > 0) return found[0]!;
    }
}

JsonObject Intent(string type, string agent) => new()
{
    ["intent_type"] = type, ["to_agent"] = agent, ["payload"] = new JsonObject { ["city"] = "Riga", ["nights"] = 2 },
};

// Whoever asks. A header Idempotency-Key makes the request safe to repeat.
var trip = (await Call(HttpMethod.Post, "/intents", Intent("trip.plan.v1", "trip-planner")))["intent_id"]!.GetValue<string>();
Console.WriteLine($"submitted {trip}");

// The planner: it asks two others and steps aside; nothing of it runs while they work.
await Claim("trip-planner", trip);
var waiting = await Call(HttpMethod.Post, $"/intents/{trip}/wait", new JsonObject
{
    ["for"] = "agent", ["until"] = "all",
    ["intents"] = new JsonArray(Intent("room.book.v1", "trip-rooms"), Intent("seat.book.v1", "trip-seats")),
});

// The two others, who find their work by the ids of the children.
foreach (var child in waiting["child_intent_ids"]!.AsArray())
{
    var type = (await Call(HttpMethod.Get, $"/intents/{child}"))["intent_type"]!.GetValue<string>();
    await Call(HttpMethod.Post, $"/intents/{child}/resume", new JsonObject { ["price"] = type == "room.book.v1" ? 180 : 95 });
}

// The planner again, with what came of them.
var again = await Claim("trip-planner", trip);
var total = again["resume"]!["results"]!.AsObject().Sum(one => one.Value!["result"]!["price"]!.GetValue<int>());
await Call(HttpMethod.Post, $"/intents/{trip}/resume", new JsonObject { ["total"] = total });

var ended = await Call(HttpMethod.Get, $"/intents/{trip}");
Console.WriteLine($"{ended["status"]} {ended["result"]!.ToJsonString()}");
