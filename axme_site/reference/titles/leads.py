"""What guides are for, as their first paragraphs say it."""

from django.utils.translation import gettext_noop as _

LEADS = (
    _(
        "Agents that speak the Agent2Agent protocol use this server without code of their own, over JSON-RPC: "
        "versions 1.0 and 0.3, told apart by the names of their methods. There are no sessions, so every process of "
        "the server answers every message."
    ),
    _(
        "Everything is under `/v1` and speaks JSON. The running server describes every endpoint and field at "
        "`/docs` (the same for machines at `/openapi.json`). Who is signed in can have their key or token stand in "
        "its examples: **Use it in the API reference**, beside a new one, or paste it there; it stays in that tab. "
        "This page goes task by task."
    ),
    _(
        "An edge (API, stream, page, socket, job) calls a service; the service moves one intent or one task in one "
        "transaction and writes rows for everything that must happen later; small loops carry those rows out."
    ),
    _("Which client libraries, protocols and frameworks work with this server, and how much of each."),
    _(
        "What the words mean: intents and their events, agents and addresses, and what becomes of work that is "
        "handed over, interrupted or late."
    ),
    _(
        "Everything that must not be lost is in PostgreSQL before anybody is told of it. All else may die at any "
        "time. This page says what happens then, and how to write an agent that does not mind."
    ),
    _(
        "How work reaches agents, and how others hear of it. Whatever the network does, nothing is lost: what is to "
        "be told is stored with what it tells of, and tried until somebody says that it came. When the tries are "
        "over it is kept as given up, and can be sent again."
    ),
    _(
        "How to run the server while you change it, the rules that its code follows, how the usual things are "
        "added, and how all of it is tested."
    ),
    _(
        "You write a program of several steps. It is killed in the middle, and goes on where it was: no step is "
        "lost, none is done twice. It asks a person and waits for days, while nothing runs. That is durable "
        "execution, and here you see it happen."
    ),
    _(
        "One word, one meaning. The name in code is where the thing is defined; a test holds that it is. A word "
        "that is not here has its usual meaning in the field."
    ),
    _(
        "Where people decide: the human in the loop of durable execution. Every page works on a phone, in light and "
        "dark, by keyboard, and for reading and deciding also without JavaScript."
    ),
    _(
        "Assistants and agents that speak the Model Context Protocol use this server without code of their own: it "
        "is an MCP server at `/mcp`, over streamable HTTP. It speaks the protocol of 2026-07-28 and all that open "
        "with a handshake (2024-11-05 to 2025-11-25). There are no sessions, so every process of the server answers "
        "every message."
    ),
    _(
        "What a fleet of agents needs: who is alive, what it costs, and a switch that stops it. Nothing has to be "
        "set up: an agent is in the mesh once it is registered, or has sent a heartbeat."
    ),
    _(
        "A planner asks three scouts for prices and takes the cheapest: in Celery a canvas, here a parent with "
        "children. Celery is good at what it was made for, small tasks by the thousand within one program, and this "
        "server uses it inside for just that. It is hard to get right for work that takes long, waits for people, "
        "or must not be lost. Move that, and leave the rest where it is."
    ),
    _(
        '"The report takes 45 minutes, then the manager signs it." A queue does the first half until a worker dies, '
        "and knows nothing of the second. Here are both halves as they are usually written first, and with an "
        "intent."
    ),
    _(
        "A client orders something and asks again and again whether it is done. Here is that loop, and what takes "
        "its place: for the client that waits, for the agent that looks for work, and for an outside service that "
        "can only be asked."
    ),
    _(
        "The same order twice: charged and shipped, a large one once a manager has agreed. Temporal and AXME Inbox "
        "both keep it through crashes and through days of waiting. They differ in what they keep: Temporal the "
        "history of your function, which it runs again from the beginning to get back to where it was; AXME Inbox "
        "the results of your steps, which your program reads."
    ),
    _(
        "An order goes through three services: the customer is charged, the warehouse packs, a carrier takes the "
        "parcel. Each of them takes its job at once and calls an address when it is done. Here is that pipeline "
        "twice: as it is usually written first, and with intents. Both are programs in `examples/`, with the same "
        "three services, and tests let the same things go wrong for both."
    ),
    _(
        "Whoever may decide a human task is notified of it: in the pages, by a notification of the browser, on a "
        "phone, by email, or in a chat through [Apprise](https://github.com/caronc/apprise). A notification names "
        "its task and gives nobody a right to anything: its link opens a page, and deciding there needs a sign-in."
    ),
    _(
        "How to run this server: on one machine or several, its settings, what to watch, finding and repairing "
        "intents, upgrades and backups."
    ),
    _(
        "How fast it is as a client feels it: over the network API, the client on the same machine. Each figure "
        "comes from `bench/`, and all but some with a * are kept with commit, seed, machine and versions in "
        "`docs/results/bench-*.json`."
    ),
    _(
        "What happens while nobody decides a human task, its SLA: who is reminded and when, who is asked as well "
        "when it gets late, and how it ends. How many people a decision takes is told in [Several "
        "people](inbox.md#several-people)."
    ),
    _("How much a workspace may use, and what it has used. Without limits everything is counted and nothing refused."),
    _(
        "What AXME Inbox promises today, and the tests that prove it. The tests run on a real PostgreSQL, and where "
        "it matters with real processes that are really killed. `make test` runs them; of cases that are nearly "
        "alike (the one or the other web server, what it is that is frozen or restarted) it tries some, others the "
        "next day. `make soak` tries all, runs the largest with full numbers, and its results are in "
        "`docs/results`."
    ),
    _(
        "What one machine holds, what to add when that is not enough, and the arithmetic beyond what was measured. "
        "All figures are those of [Performance](performance.md), on 2 processors and 23.5 GiB with the client on "
        "the same machine; nothing larger was measured."
    ),
    _(
        "A scenario is work of several steps from one JSON document: agents, people and times in order. The server "
        "runs it durably. A run is an [intent](concepts.md) with a child for each agent's step, so everything that "
        "holds for intents holds for runs: history, streams, deadlines, cancel, search, evidence."
    ),
    _(
        "A payload may hold anything until its type has a schema. Then every door that takes intents holds payloads "
        "against it: the API, batches, children, scenarios, intents that are run again."
    ),
    _(
        "Who may do what, and how that is held: keys and people, tenants, decisions and their history, what comes "
        "in and what goes out."
    ),
    _(
        "An agent that cannot go on now puts its intent aside and ends. No process, connection or lease is held "
        "while the intent waits: waiting costs a row in the database. When the wait is over, the intent is "
        "delivered again, to whichever agent listens on the address then, with what ended the wait in `resume`."
    ),
)
