import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A trip that is planned by two other agents, over HTTP alone, with nothing but the JDK (17 or newer):
 * {@code env $(cat var/demo.env) java examples/other_languages/java/Trip.java}
 *
 * <p>This one program plays all parts: who asks, the planner, and the two agents whose work the planner waits for. A program of
 * yours reads JSON by a library; here a few texts are found in it, so that the file runs as it is.
 */
public class Trip {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** The body of an answer; a refusal ends the program with what the server says. */
    private static String call(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("AXME_BASE_URL") + "/v1" + path))
                .header("x-api-key", System.getenv("AXME_API_KEY"))
                .header("content-type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        var answer = HTTP.send(request, BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }

    private static List<String> all(String pattern, String json) {
        return Pattern.compile(pattern).matcher(json).results().map(found -> found.group(1)).toList();
    }

    private static String text(String name, String json) {
        return all("\"" + name + "\": ?\"([^\"]*)\"", json).get(0);
    }

    /** The next work of an agent, under a lease. */
    private static String claim(String agent, String intentId) throws Exception {
        String wanted = "{\"max\": 1, \"wait_seconds\": 20, \"intent_id\": \"" + intentId + "\"}";
        while (true) {
            String found = call("POST", "/agents/" + agent + "/claim", wanted);
            if (found.contains("lease_token")) {
                return found;
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        // Whoever asks. A header Idempotency-Key makes the request safe to repeat.
        String payload = "{\"city\": \"Riga\", \"nights\": 2}";
        String trip = text("intent_id", call("POST", "/intents",
                "{\"intent_type\": \"trip.plan.v1\", \"to_agent\": \"trip-planner\", \"payload\": " + payload + "}"));
        System.out.println("submitted " + trip);

        // The planner: it asks two others and steps aside; nothing of it runs while they work.
        claim("trip-planner", trip);
        String waiting = call("POST", "/intents/" + trip + "/wait", "{\"for\": \"agent\", \"until\": \"all\", \"intents\": ["
                + "{\"intent_type\": \"room.book.v1\", \"to_agent\": \"trip-rooms\", \"payload\": " + payload + "},"
                + "{\"intent_type\": \"seat.book.v1\", \"to_agent\": \"trip-seats\", \"payload\": " + payload + "}]}");

        // The two others, who find their work by the ids of the children.
        Matcher ids = Pattern.compile("\"child_intent_ids\": ?\\[([^\\]]+)\\]").matcher(waiting);
        if (!ids.find()) {
            throw new IllegalStateException(waiting);
        }
        for (String child : all("\"([0-9a-f-]{36})\"", ids.group(1))) {
            boolean room = text("intent_type", call("GET", "/intents/" + child, "")).equals("room.book.v1");
            call("POST", "/intents/" + child + "/resume", "{\"price\": " + (room ? 180 : 95) + "}");
        }

        // The planner again, with what came of them.
        int total = all("\"price\": ?(\\d+)", claim("trip-planner", trip)).stream().mapToInt(Integer::parseInt).sum();
        call("POST", "/intents/" + trip + "/resume", "{\"total\": " + total + "}");

        String ended = call("GET", "/intents/" + trip, "");
        System.out.println(text("status", ended) + " {\"total\":" + all("\"total\": ?(\\d+)", ended).get(0) + "}");
    }
}
