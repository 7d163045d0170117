// A trip that is planned by two other agents, over HTTP alone:
//
//	cd examples/other_languages/go && env $(cat ../../../var/demo.env) go run main.go
//
// This one program plays all parts: who asks, the planner, and the two agents whose work the planner waits for.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

type object = map[string]any

// call sends a request, and fails with what the server says of one that it refuses.
func call(method, path string, body object) object {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			log.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, os.Getenv("AXME_BASE_URL")+"/v1"+path, &sent)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("x-api-key", os.Getenv("AXME_API_KEY"))
	request.Header.Set("content-type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var told object
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil {
		log.Fatal(err)
	}
	if answer.StatusCode >= 300 {
		log.Fatalf("%d: %v", answer.StatusCode, told["error"])
	}
	return told
}

// claim is the next work of an agent, under a lease.
func claim(agent, intentID string) object {
	for {
		wanted := object{"max": 1, "wait_seconds": 20, "intent_id": intentID}
		if found := call("POST", "/agents/"+agent+"/claim", wanted)["intents"].([]any); len(found) > 0 {
			return found[0].(object)
		}
	}
}

func main() {
	// Whoever asks. A header Idempotency-Key makes the request safe to repeat.
	trip := call("POST", "/intents", object{
		"intent_type": "trip.plan.v1",
		"to_agent":    "trip-planner",
		"payload":     object{"city": "Riga", "nights": 2},
	})["intent_id"].(string)
	fmt.Println("submitted", trip)

	// The planner: it asks two others and steps aside; nothing of it runs while they work.
	work := claim("trip-planner", trip)
	waiting := call("POST", "/intents/"+trip+"/wait", object{
		"for":   "agent",
		"until": "all",
		"intents": []object{
			{"intent_type": "room.book.v1", "to_agent": "trip-rooms", "payload": work["payload"]},
			{"intent_type": "seat.book.v1", "to_agent": "trip-seats", "payload": work["payload"]},
		},
	})

	// The two others, who find their work by the ids of the children.
	prices := map[string]int{"room.book.v1": 180, "seat.book.v1": 95}
	for _, child := range waiting["child_intent_ids"].([]any) {
		kind := call("GET", "/intents/"+child.(string), nil)["intent_type"].(string)
		call("POST", "/intents/"+child.(string)+"/resume", object{"price": prices[kind]})
	}

	// The planner again, with what came of them.
	total := 0.0
	for _, one := range claim("trip-planner", trip)["resume"].(object)["results"].(object) {
		total += one.(object)["result"].(object)["price"].(float64)
	}
	call("POST", "/intents/"+trip+"/resume", object{"total": total})

	ended := call("GET", "/intents/"+trip, nil)
	result, err := json.Marshal(ended["result"])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ended["status"], string(result))
}
