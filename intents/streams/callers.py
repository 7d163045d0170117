"""Who asks for something that is answered on the loop. All of it blocks, or waits for a thread that may."""

from collections.abc import Mapping

from intents import auth, seats
from intents.accounts import stops
from intents.kernel import ratelimit
from intents.kernel.actors import Machine, Tenant
from intents.kernel.addresses import local_name
from intents.kernel.errors import Denied
from intents.streams import http
from intents.streams.http import Scope
from intents.streams.hub import Hub


def actor(query: Mapping[str, str], headers: Mapping[bytes, str], route: str) -> Tenant:
    """Whose credentials came with a request, which counts towards their limit for `route`. Raises domain errors."""
    found = auth.authenticate(
        auth.Credentials(
            api_key=headers.get(b"x-api-key", ""),
            authorization=headers.get(b"authorization", ""),
            owner_query=query.get("owner_agent", ""),
            owner_header=headers.get(b"x-owner-agent", ""),
        )
    )
    ratelimit.spend(auth.account_id(found), route)
    return found


def looking(scope: Scope, query: Mapping[str, str], headers: Mapping[bytes, str]) -> Tenant:
    """`actor`; whoever is signed in counts too where nothing is sent, for a page shows and links to files."""
    route = f"{scope['method']} {scope['axme.route']}"
    person = seats.by_cookie(http.session_cookie(headers)) if scope["method"] != "PUT" and http.keyless(headers) else None
    if person is None:
        return actor(query, headers, route)
    ratelimit.spend(auth.account_id(person), route)
    return person


async def worker(hub: Hub, scope: Scope, address: str) -> tuple[Machine, str]:
    """The machine key that asks for work, and the local name whose work that is. Raises domain errors."""
    found = await hub.in_thread(actor, http.query(scope), http.headers(scope), scope["axme.route"])
    machine = auth.machine(found)
    name = local_name(address, org=machine.org_slug, workspace=machine.workspace_slug)
    if not machine.reaches(name):
        raise Denied(f"this key cannot take the work of {address}", address=address)
    return machine, name


def ensure_acts(machine: Machine, name: str) -> None:
    """Raises AgentStopped when an agent may do nothing: whose work is asked for, or whose key asks."""
    stops.ensure_acts(stops.states(machine.workspace_id, {machine.name, name}), machine.name, name)
